#include "pushforward/flows/coupling.h"

#include "pushforward/core/error.h"
#include "pushforward/ops/affine.h"

namespace pushforward::flows {

Coupling::Coupling(const CouplingOptions& options, at::Generator& init)
    : partition_(ops::Partition::from_mask(options.mask)), hidden_(options.hidden), kind_(options.kind) {
  PF_CHECK(hidden_ > 0, "[coupling] expected at least one hidden unit, got {}", hidden_);
  const nn::MlpOptions net{.sizes = {static_cast<std::int64_t>(partition_.kept.size()), hidden_,
                                     static_cast<std::int64_t>(partition_.changed.size())},
                           .fan_in = partition_.size()};
  if (kind_ == CouplingKind::affine)
    scale_net_ = register_module("scale_net", std::make_shared<nn::Mlp>(net, init));
  translate_net_ = register_module("translate_net", std::make_shared<nn::Mlp>(net, init));
}

Transformed Coupling::forward(const at::Tensor& x, const Context&) {
  const auto [kept, changed] = ops::divide(x, partition_);
  const auto shift = translate_net_->forward(kept);
  if (kind_ == CouplingKind::additive)
    return {ops::join(kept, changed + shift, partition_), at::zeros({x.size(0)}, x.options())};
  const auto [moved, log_det] = ops::affine(changed, scale_net_->forward(kept), shift);
  return {ops::join(kept, moved, partition_), log_det};
}

Transformed Coupling::inverse(const at::Tensor& y, const Context&) {
  const auto [kept, moved] = ops::divide(y, partition_);
  const auto shift = translate_net_->forward(kept);
  if (kind_ == CouplingKind::additive)
    return {ops::join(kept, moved - shift, partition_), at::zeros({y.size(0)}, y.options())};
  const auto [changed, log_det] = ops::affine_inverse(moved, scale_net_->forward(kept), shift);
  return {ops::join(kept, changed, partition_), log_det};
}

std::string Coupling::describe() const {
  return fmt::format("{} coupling, {} of {} features kept, {}→{}→{}", scale_net_ ? "affine" : "additive",
                     partition_.kept.size(), partition_.size(), partition_.kept.size(), hidden_,
                     partition_.changed.size());
}

std::vector<bool> alternating_mask(std::int64_t dims, std::int64_t layer) {
  std::vector<bool> mask(static_cast<std::size_t>(dims));
  for (std::int64_t i = 0; i < dims; ++i) mask[static_cast<std::size_t>(i)] = (i + layer) % 2 == 0;
  return mask;
}

}  // namespace pushforward::flows
