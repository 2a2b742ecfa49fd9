// The Adam optimiser over a module's parameters.
#pragma once

#include "pushforward/nn/module.h"
#include "pushforward/ops/adam.h"

namespace pushforward::nn {

/// Holds the moments of named parameters; see ops/adam.h for the update.
class Adam {
 public:
  Adam(const Module& module, ops::AdamOptions options);

  /// Update number `step` (from 1) with the gradients that backward left in the parameters.
  void update(std::int64_t step, double learning_rate);

  /// Forgets all gradients.
  void zero_gradients();

  /// √Σ‖g‖² over all parameters, and all of them scaled down to `max_norm` when it is above.
  double clip_gradients(double max_norm);

  /// "" or the first parameter whose gradient is not finite. Looks at the vectors only (biases): a NaN that
  /// reaches a weight's gradient has reached its bias's first, and those are a thousandth of the memory.
  std::string first_non_finite_gradient() const;

  /// "first_moment.NAME" and "second_moment.NAME" for every parameter.
  NamedTensors state() const;

 private:
  std::vector<at::Tensor> gradients() const;

  ops::AdamOptions options_;
  std::vector<std::string> names_;
  std::vector<at::Tensor> parameters_, first_, second_;
};

}  // namespace pushforward::nn
