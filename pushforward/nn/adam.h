// The Adam optimiser over a module's parameters.
#pragma once

#include "pushforward/nn/optimiser.h"

namespace pushforward::nn {

/// Holds the moments of named parameters; see ops/adam.h for the update.
class Adam : public Optimiser {
 public:
  Adam(const Module& module, ops::AdamOptions options);

  /// "first_moment.NAME" and "second_moment.NAME" for every parameter.
  NamedTensors state() const override;

 private:
  double apply(const std::vector<at::Tensor>& gradients, std::int64_t step, double learning_rate,
               double scale) override;

  ops::AdamOptions options_;
  std::vector<at::Tensor> first_, second_;
};

}  // namespace pushforward::nn
