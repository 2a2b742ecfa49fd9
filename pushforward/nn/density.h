// What the loop, the detectors and the program need to know of a density model.
#pragma once

#include <optional>

#include "pushforward/nn/module.h"

namespace pushforward::nn {

/// What an evaluation of a density depends on beside x.
struct Context {
  at::Tensor condition = {};                    // [N, K], or undefined
  std::optional<at::Generator> generator = {};  // of dequantisation and of estimates; none: deterministic
  double tolerance = 1e-5;             // of an iterative inverse: the largest error it may leave in x
  std::int64_t max_iterations = 1000;  // of an iterative inverse
  at::Tensor latent = {};              // of a flow's inverse: what left the flow here
  bool wants_log_det = true;           // of an inverse: where false its log_det may be undefined

  /// The same, for an inverse whose log-determinant nobody reads.
  Context value_alone() const {
    auto context = *this;
    context.wants_log_det = false;
    return context;
  }
};

class DensityModel : public Module {
 public:
  /// x [N, …] in data space → log p(x) or log p(x | condition), [N] nats. With a generator, a random quantity
  /// inside (dequantisation, trace estimates) is drawn from it, as training does; without one, the
  /// deterministic form is used.
  virtual at::Tensor log_prob(const at::Tensor& x, const Context& context = {}) = 0;

  /// n samples [n, …] in data space, the base distribution's from `generator`; `temperature` scales its
  /// standard deviation.
  virtual at::Tensor sample(std::int64_t n, double temperature, at::Generator generator,
                            const Context& context = {}) = 0;

  /// Where along the model x first becomes non-finite, for a person ("layers.3: affine coupling, …"), or "".
  virtual std::string first_non_finite(const at::Tensor& x, const Context& context = {}) = 0;

  /// How many numbers of a condition it needs; 0: it takes none. A label's are those of
  /// one_hot_labels (class_condition.h).
  virtual std::int64_t condition_size() const { return 0; }

  /// Whether threads may evaluate and differentiate slices of a batch at once: in training too an example's
  /// likelihood depends on no other's, and log_prob changes nothing.
  virtual bool may_be_sliced() const { return false; }

  /// Whether `sample` works, given a condition where one is needed.
  virtual bool can_sample() const { return true; }

  /// Whether `log_prob` with a generator is an estimate of the density itself, not only of noisy data's.
  virtual bool is_estimated() const { return false; }

  /// False until what starts from data (an activation norm, a standardisation) has.
  virtual bool is_initialised() const { return true; }

  /// Starts it from a batch x; what has started before stays. Throws NonFinite for values that are not
  /// finite.
  virtual void initialise(const at::Tensor& x, const Context& context) {
    static_cast<void>(x), static_cast<void>(context);
  }
};

}  // namespace pushforward::nn
