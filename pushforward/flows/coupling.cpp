#include "pushforward/flows/coupling.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"
#include "pushforward/flows/pixel_features.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {

Coupling::Coupling(const CouplingOptions& options, at::Generator& init)
    : partition_(ops::Partition::from_mask(options.mask)),
      transformer_(transformer(options.transformer)),
      rank_(conditioner(options.conditioner).rank),
      condition_(options.condition),
      mirror_(options.mirror) {
  PF_CHECK(options.hidden > 0, "[coupling] expected at least one hidden unit, got {}", options.hidden);
  PF_CHECK(options.depth > 0, "[coupling] expected at least one hidden layer, got {}", options.depth);
  PF_CHECK(condition_ >= 0, "[coupling] expected a condition of 0 or more numbers, got {}", condition_);
  PF_CHECK(!mirror_ || rank_ == 3, "[coupling] expected images to mirror, got a conditioner \"{}\"",
           options.conditioner);
  const std::int64_t views = (sees_levels() ? 2 : 1) * (mirror_ ? 2 : 1);
  conditioner_ = conditioner(options.conditioner)
                     .make({.kept = views * static_cast<std::int64_t>(partition_.kept.size()),
                            .changed = static_cast<std::int64_t>(partition_.changed.size()),
                            .condition = condition_,
                            .hidden = options.hidden,
                            .depth = options.depth,
                            .parameters = transformer_.parameters},
                           init);
  for (const auto& [name, network] : conditioner_->networks()) register_module(name, network);
}

at::Tensor Coupling::seen_of(const at::Tensor& kept) const {
  const auto seen = sees_levels() ? pixel_features(kept) : kept;
  return mirror_ ? ops::channels_last(at::cat({seen, seen.flip(3)}, 1)) : seen;
}

template <typename Map>
Transformed Coupling::transform(const Map& map, const at::Tensor& x, const Context& context) const {
  check_condition("coupling", context.condition, x.size(0), condition_);
  const auto [kept, changed] = ops::divide(x, partition_);
  const auto [moved, log_det] = map(changed, conditioner_->parameters(seen_of(kept), context.condition));
  return {ops::join(kept, moved, partition_), log_det};
}

Transformed Coupling::forward(const at::Tensor& x, const Context& context) {
  return transform(transformer_.forward, x, context);
}

Transformed Coupling::inverse(const at::Tensor& y, const Context& context) {
  if (context.wants_log_det) return transform(transformer_.inverse, y, context);
  const auto value = [this](const at::Tensor& in, const std::vector<at::Tensor>& parameters) {
    return std::pair(transformer_.value_of_inverse(in, parameters), at::Tensor());
  };
  return transform(value, y, context);
}

Event Coupling::output(const Event& in) const {
  PF_CHECK(in.size() == rank_ && in[0] == partition_.size(), "[coupling] expected {} {}, got {}",
           partition_.size(), rank_ == 1 ? "features" : "channels of an image", in);
  return in;
}

std::string Coupling::describe() const {
  return fmt::format("{} coupling, {} of {} {} kept{}, {}", transformer_.name, partition_.kept.size(),
                     partition_.size(), rank_ == 1 ? "features" : "channels", mirror_ ? " and mirrored" : "",
                     conditioner_->describe());
}

std::vector<bool> alternating_mask(std::int64_t dims, std::int64_t layer) {
  std::vector<bool> mask(static_cast<std::size_t>(dims));
  for (std::int64_t i = 0; i < dims; ++i) mask[static_cast<std::size_t>(i)] = (i + layer) % 2 == 0;
  return mask;
}

}  // namespace pushforward::flows
