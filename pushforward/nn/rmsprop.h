// The RMSprop optimiser over a module's parameters.
#pragma once

#include "pushforward/nn/optimiser.h"

namespace pushforward::nn {

/// Holds the second moments of named parameters; see ops/rmsprop.h for the update.
class RmsProp : public Optimiser {
 public:
  RmsProp(const Module& module, ops::RmsPropOptions options);

  /// "second_moment.NAME" for every parameter.
  NamedTensors state() const override;

 private:
  double apply(const std::vector<at::Tensor>& gradients, std::int64_t step, double learning_rate,
               double scale) override;

  ops::RmsPropOptions options_;
  std::vector<at::Tensor> second_;
};

}  // namespace pushforward::nn
