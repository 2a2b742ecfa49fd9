// What every optimiser of a module's parameters has in common.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>

#include "pushforward/nn/module.h"
#include "pushforward/ops/adam.h"
#include "pushforward/ops/muon.h"
#include "pushforward/ops/rmsprop.h"

namespace pushforward::nn {

/// The choice of an optimiser is the choice of its options.
using OptimiserOptions = std::variant<ops::AdamOptions, ops::RmsPropOptions, ops::MuonOptions>;

/// Updates a module's parameters with the gradients that are in them.
class Optimiser {
 public:
  virtual ~Optimiser() = default;

  /// Update number `step` (from 1); the parameters must have gradients (none is zero). Returns √Σ‖Δp‖², the
  /// length of the update.
  double update(std::int64_t step, double learning_rate);

  /// Moments and the like, by parameter: "first_moment.NAME".
  virtual NamedTensors state() const = 0;

  /// Puts gradients into the parameters, in order of registration, where backward() would have put them.
  void set_gradients(const std::vector<at::Tensor>& gradients);

  /// Forgets all gradients.
  void zero_gradients();

  /// √Σ‖g‖² over all parameters.
  double gradient_norm() const;

  /// The norm; where it is above `max_norm` the next update takes gradients that are scaled down to it.
  double clip_gradients(double max_norm);

  /// Finds the first parameter whose gradient is not finite, or "". Vectors only (biases) are a thousandth of
  /// the memory, and a NaN that reaches a weight's gradient has reached its bias's first.
  std::string first_non_finite_gradient(bool vectors_only) const;

  /// The parameters, under their names.
  const std::vector<at::Tensor>& parameters() const { return parameters_; }
  const std::vector<std::string>& names() const { return names_; }

 protected:
  explicit Optimiser(const Module& module);

  /// An update by `scale` times the gradients.
  virtual double apply(const std::vector<at::Tensor>& gradients, std::int64_t step, double learning_rate,
                       double scale) = 0;

  /// A zero for every parameter, lying in memory as it does.
  std::vector<at::Tensor> zeros() const;
  void append(NamedTensors& state, const std::string& prefix, const std::vector<at::Tensor>& tensors) const;

 private:
  std::vector<std::string> names_;
  std::vector<at::Tensor> parameters_;
  double scale_ = 1;
};

std::unique_ptr<Optimiser> optimiser(const Module& module, const OptimiserOptions& options);

/// The base learning rate in the options.
double learning_rate(const OptimiserOptions& options);

/// "adam", "rmsprop" or "muon".
std::string name_of(const OptimiserOptions& options);

}  // namespace pushforward::nn
