#include "pushforward/nn/batch_norm.h"

namespace pushforward::nn {

BatchNorm::BatchNorm(std::int64_t channels)
    : weight(register_parameter("weight", at::ones({channels}))),
      bias(register_parameter("bias", at::zeros({channels}))),
      running_mean(register_buffer("running_mean", at::zeros({channels}))),
      running_var(register_buffer("running_var", at::ones({channels}))),
      num_batches_tracked(register_buffer("num_batches_tracked", at::zeros({}, at::kLong))) {}

at::Tensor BatchNorm::forward(const at::Tensor& x, double negative_slope) {
  if (is_training()) num_batches_tracked.add_(1);
  return ops::batch_norm(x, weight, bias, running_mean, running_var,
                         {.training = is_training(), .negative_slope = negative_slope});
}

}  // namespace pushforward::nn
