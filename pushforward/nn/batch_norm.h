// Batch normalisation as a layer.
#pragma once

#include "pushforward/nn/module.h"
#include "pushforward/ops/batch_norm.h"

namespace pushforward::nn {

/// y = activation(gamma·x̂ + beta), see ops::batch_norm; by the batch's statistics while is_training(), else
/// by the running ones. Parameters and buffers are named as those of PyTorch's nn.BatchNorm2d.
class BatchNorm : public Module {
 public:
  explicit BatchNorm(std::int64_t channels);

  /// `negative_slope` of the activation: 1 none, 0 ReLU.
  at::Tensor forward(const at::Tensor& x, double negative_slope = 1);

  at::Tensor weight, bias;                                    // gamma and beta [C], from 1 and 0
  at::Tensor running_mean, running_var, num_batches_tracked;  // [C], [C] from 0 and 1; int64 []
};

}  // namespace pushforward::nn
