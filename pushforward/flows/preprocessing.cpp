#include "pushforward/flows/preprocessing.h"

#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/nn/random.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {

Transformed Dequantize::forward(const at::Tensor& x, const Context& context) {
  const auto u =
      context.generator ? nn::draw_uniform_like(x, 0, 1, *context.generator) : at::full_like(x, 0.5);
  // Rounding takes neither the level nor the noise to another level.
  return {((x * 255).round() + u.clamp_max(1 - 0x1p-15)) / 256, at::zeros({x.size(0)}, x.options())};
}

Transformed Dequantize::inverse(const at::Tensor& y, const Context&) {
  return {(y * 256).floor().clamp(0, 255) / 255, at::zeros({y.size(0)}, y.options())};
}

Logit::Logit(double alpha) : alpha_(alpha) {
  PF_CHECK(alpha > 0.0 && alpha < 0.5, "[logit] expected alpha in (0, 0.5), got {}", alpha);
}

at::Tensor Logit::log_slope(const at::Tensor& p) const {
  const auto numbers = static_cast<double>(p.dim() == 4 ? p.size(1) * p.size(2) * p.size(3) : p.size(1));
  return std::log(1 - 2 * alpha_) * numbers - ops::sum_by_example(at::log(p) + at::log1p(-p));
}

Transformed Logit::forward(const at::Tensor& x, const Context&) {
  const auto p = alpha_ + (1 - 2 * alpha_) * x;
  return {at::log(p) - at::log1p(-p), log_slope(p)};
}

Transformed Logit::inverse(const at::Tensor& y, const Context&) {
  const auto p = at::sigmoid(y);
  return {(p - alpha_) / (1 - 2 * alpha_), -log_slope(p)};
}

std::string Logit::describe() const {
  return fmt::format("logit of {} + {}·x", alpha_, 1 - 2 * alpha_);
}

std::vector<std::shared_ptr<Bijector>> pixel_preprocessing(const PixelOptions& options) {
  std::vector<std::shared_ptr<Bijector>> all;
  if (options.dequantize) all.push_back(std::make_shared<Dequantize>());
  if (options.logit_alpha != 0) all.push_back(std::make_shared<Logit>(options.logit_alpha));
  return all;
}

}  // namespace pushforward::flows
