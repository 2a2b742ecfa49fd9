// A normalizing flow: a base distribution and the bijectors that lead to it.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/flows/reversible.h"

namespace pushforward::flows {

/// log p(x) = log N(f(x); 0, I) + Σ_k log|det ∂f_k| for f = f_K ∘ … ∘ f_1 (change of variables).
/// Preprocessing is among the bijectors, so a likelihood is always one of the data as given.
///
///   Flow flow({784}, preprocessing, layers);
///   auto nats = flow.log_prob(images);          // [N]
///   auto fresh = flow.sample(64);
///
/// z is flat, whatever the event: the latents that left on the way, in the order of leaving, then what came
/// out at the end; together as many numbers as x has. A flow is in evaluation mode until somebody trains it.
/// What takes x or z and a context throws Error for another shape, for a condition of another size, for one
/// that no bijector takes and for none where one is needed.
class Flow : public nn::DensityModel {
 public:
  using Bijectors = std::vector<std::shared_ptr<Bijector>>;

  using Layer = flows::Layer;

  /// Bijectors in the order data → latent; `preprocessing` first, registered as "preprocessing.i", then
  /// `layers`, registered as "layers.i". Throws Error where one does not take what reaches it, or loses
  /// numbers.
  Flow(Event event, Bijectors preprocessing, Bijectors layers);

  at::Tensor log_prob(const at::Tensor& x, const Context& context = {}) override;
  at::Tensor sample(std::int64_t n, double temperature, at::Generator generator,
                    const Context& context = {}) override;
  /// From the stream (seed, "sample"): what `pushforward sample --seed` draws.
  at::Tensor sample(std::int64_t n, double temperature = 1.0, std::uint64_t seed = 0);
  std::string first_non_finite(const at::Tensor& x, const Context& context = {}) override;
  /// Whether every bijector has an inverse.
  bool can_sample() const override;
  /// Whether a log-determinant is.
  bool is_estimated() const override;
  /// Whether log p is a lower bound of the data's.
  bool is_bound() const;
  bool may_be_sliced() const override;
  bool is_initialised() const override;
  /// Walks x through; a bijector that is not initialised is, on what reaches it.
  void initialise(const at::Tensor& x, const Context& context) override;

  /// Whether gradients are taken by reversible backpropagation, behind the last layer that has no analytic
  /// inverse; throws UsageError where that is the flow's last.
  void set_reversible(bool reversible);

  /// x [N, …] → {z [N, D], log|det ∂z/∂x|}.
  Transformed encode(const at::Tensor& x, const Context& context = {});
  /// z [N, D] → {x, log|det ∂x/∂z|}, with the most iterations and the largest error of any bijector.
  Transformed decode(const at::Tensor& z, const Context& context = {});

  /// x [N, …] with as many numbers an example as the event has, such as images in rows [N, D], as the event.
  at::Tensor as_event(const at::Tensor& x) const;

  const Event& event() const { return event_; }
  /// How many numbers x has, and z.
  std::int64_t dims() const { return size_of(event_); }
  /// How many numbers of a condition it needs; 0: it takes none.
  std::int64_t condition_size() const override { return condition_; }
  /// Whether discrete data is dequantised, so that likelihoods can be stated in bits/dim.
  bool dequantizes() const;
  /// Multiplications and additions of `encode` in products, for one example.
  double forward_flop() const;
  /// All bijectors, data → latent.
  const std::vector<Layer>& bijectors() const { return layers_; }

 private:
  void add(const std::string& group, const Bijectors& members);
  void check_given(const char* what, const at::Tensor& given, const Event& event,
                   const Context& context) const;
  bool has(LogDet kind) const;

  Event event_, last_;  // of x, and of what comes out at the end
  std::vector<Layer> layers_;
  std::int64_t condition_ = 0;
  std::size_t remembered_ = 0;  // layers before those that are gone through reversibly
};

/// log N(z; 0, I) [N] nats for z [N, D].
at::Tensor standard_normal_log_prob(const at::Tensor& z);

}  // namespace pushforward::flows
