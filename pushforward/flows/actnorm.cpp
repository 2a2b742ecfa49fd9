#include "pushforward/flows/actnorm.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"
#include "pushforward/flows/standardise.h"

namespace pushforward::flows {
namespace {

/// [C] as it meets x [N, C] or [N, C, H, W].
at::Tensor along(const at::Tensor& channels, const at::Tensor& x) {
  return x.dim() == 4 ? channels.view({1, -1, 1, 1}) : channels;
}

/// Σ s for every position of an image: [N].
at::Tensor log_det_of(const at::Tensor& log_scale, const at::Tensor& x) {
  const auto positions = x.dim() == 4 ? x.size(2) * x.size(3) : 1;
  return (log_scale.sum() * positions).expand({x.size(0)});
}

}  // namespace

ActNorm::ActNorm(std::int64_t channels) {
  PF_CHECK(channels > 0, "[actnorm] expected at least one channel, got {}", channels);
  log_scale_ = register_parameter("log_scale", at::zeros({channels}));
  bias_ = register_parameter("bias", at::zeros({channels}));
  initialised_ = register_buffer("initialised", at::zeros({}));
}

Transformed ActNorm::forward(const at::Tensor& x, const Context&) {
  return {(x + along(bias_, x)) * along(log_scale_, x).exp(), log_det_of(log_scale_, x)};
}

Transformed ActNorm::inverse(const at::Tensor& y, const Context&) {
  return {y * (-along(log_scale_, y)).exp() - along(bias_, y), -log_det_of(log_scale_, y)};
}

Event ActNorm::output(const Event& in) const {
  PF_CHECK((in.size() == 1 || in.size() == 3) && in[0] == bias_.size(0),
           "[actnorm] expected {} features or channels, got {}", bias_.size(0), in);
  return in;
}

void ActNorm::initialise(const at::Tensor& x) {
  const at::NoGradGuard no_grad;
  const auto [mean, deviation] = mean_and_deviation(x.dim() == 4 ? x.transpose(0, 1).flatten(1).t() : x);
  bias_.copy_(-mean);
  log_scale_.copy_(-deviation.log());
  initialised_.fill_(1);
}

std::string ActNorm::describe() const {
  return fmt::format("activation norm, {} numbers", bias_.size(0));
}

}  // namespace pushforward::flows
