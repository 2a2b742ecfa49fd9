#include "pushforward/ops/constant_weights.h"

#include <utility>

namespace pushforward::ops {
namespace {

thread_local ConstantWeights* in_use = nullptr;

}  // namespace

at::Tensor ConstantWeights::once(const at::Tensor& weight, const std::function<at::Tensor()>& make) {
  const std::lock_guard lock(mutex_);
  auto& kept = kept_[weight.unsafeGetTensorImpl()];
  if (!kept.made.defined()) kept = {weight, make()};
  return kept.made;
}

ConstantWeights* constant_weights() {
  return in_use;
}

UseConstantWeights::UseConstantWeights(ConstantWeights* wanted) : before_(std::exchange(in_use, wanted)) {}

UseConstantWeights::~UseConstantWeights() {
  in_use = before_;
}

}  // namespace pushforward::ops
