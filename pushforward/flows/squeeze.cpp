#include "pushforward/flows/squeeze.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {
namespace {

at::Tensor no_log_det(const at::Tensor& x) {
  return at::zeros({x.size(0)}, x.options());
}

}  // namespace

Transformed Squeeze::forward(const at::Tensor& x, const Context&) {
  const auto n = x.size(0), c = x.size(1), h = x.size(2) / 2, w = x.size(3) / 2;
  const auto squares = x.reshape({n, c, h, 2, w, 2}).permute({0, 1, 3, 5, 2, 4});
  return {squares.reshape({n, 4 * c, h, w}), no_log_det(x)};
}

Transformed Squeeze::inverse(const at::Tensor& y, const Context&) {
  const auto n = y.size(0), c = y.size(1) / 4, h = y.size(2), w = y.size(3);
  const auto squares = y.reshape({n, c, 2, 2, h, w}).permute({0, 1, 4, 2, 5, 3});
  return {squares.reshape({n, c, 2 * h, 2 * w}), no_log_det(y)};
}

Event Squeeze::output(const Event& in) const {
  PF_CHECK(in.size() == 3 && in[1] % 2 == 0 && in[2] % 2 == 0,
           "[squeeze] expected an image of even height and width, got {}", in);
  return {4 * in[0], in[1] / 2, in[2] / 2};
}

Transformed Split::forward(const at::Tensor& x, const Context&) {
  const auto half = x.size(1) / 2;
  return {x.slice(1, 0, half), no_log_det(x), x.slice(1, half)};
}

Transformed Split::inverse(const at::Tensor& y, const Context& context) {
  PF_CHECK(context.latent.defined() && context.latent.sizes() == y.sizes(),
           "[split] expected the half that left, {}, got {}", y.sizes(),
           context.latent.defined() ? fmt::format("{}", context.latent.sizes()) : "none");
  return {at::cat({y, context.latent}, 1), no_log_det(y)};
}

Event Split::output(const Event& in) const {
  PF_CHECK(!in.empty() && in[0] % 2 == 0, "[split] expected an even number of features or channels, got {}",
           in);
  auto half = in;
  half[0] /= 2;
  return half;
}

Transformed SplitByMask::forward(const at::Tensor& x, const Context&) {
  const auto [stays, leaves] = ops::divide(x, partition_);
  return {stays, no_log_det(x), leaves};
}

Transformed SplitByMask::inverse(const at::Tensor& y, const Context& context) {
  PF_CHECK(context.latent.defined(), "[split by mask] expected what left, got none");
  return {ops::join(y, context.latent, partition_), no_log_det(y)};
}

Event SplitByMask::output(const Event& in) const {
  PF_CHECK(!in.empty() && in[0] == partition_.size(),
           "[split by mask] expected {} features or channels, got {}", partition_.size(), in);
  auto stays = in;
  stays[0] = static_cast<std::int64_t>(partition_.kept.size());
  return stays;
}

Event SplitByMask::leaves(const Event& in) const {
  auto leaves = in;
  leaves[0] = static_cast<std::int64_t>(partition_.changed.size());
  return leaves;
}

std::string SplitByMask::describe() const {
  return fmt::format("{} of {} leave as latents", partition_.changed.size(), partition_.size());
}

}  // namespace pushforward::flows
