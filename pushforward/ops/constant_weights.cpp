#include "pushforward/ops/constant_weights.h"

#include <utility>

namespace pushforward::ops {
namespace {

thread_local ConstantWeights* in_use = nullptr;

}  // namespace

ConstantWeights* constant_weights() {
  return in_use;
}

ConstantWeights* constant_weights(const at::Tensor& weight) {
  const bool stays = weight.requires_grad() && weight.is_leaf() && weight.is_contiguous();
  return stays && !at::GradMode::is_enabled() ? in_use : nullptr;
}

UseConstantWeights::UseConstantWeights(ConstantWeights* wanted) : before_(std::exchange(in_use, wanted)) {}

UseConstantWeights::~UseConstantWeights() {
  in_use = before_;
}

}  // namespace pushforward::ops
