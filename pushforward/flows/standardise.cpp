#include "pushforward/flows/standardise.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"

namespace pushforward::flows {

Standardise::Standardise(std::int64_t dims) {
  PF_CHECK(dims > 0, "[standardise] expected at least one dimension, got {}", dims);
  mean_ = register_buffer("mean", at::zeros({dims}));
  scale_ = register_buffer("scale", at::ones({dims}));
}

void Standardise::fit(const at::Tensor& x) {
  const at::NoGradGuard no_grad;
  PF_CHECK(x.dim() == 2 && x.size(1) == mean_.size(0) && x.size(0) > 0,
           "[standardise] expected x [N, {}], got {}", mean_.size(0), x.sizes());
  PF_CHECK(at::isfinite(x).all().item<bool>(),
           "[standardise] cannot be fitted to values that are not finite");
  const auto [mean, deviation] = mean_and_deviation(x);
  mean_.copy_(mean);
  scale_.copy_(deviation);
}

bool Standardise::is_initialised() const {
  return !(mean_.eq(0).all() & scale_.eq(1).all()).item<bool>();
}

Event Standardise::output(const Event& in) const {
  PF_CHECK(in == Event{mean_.size(0)}, "[standardise] expected {} features, got {}", mean_.size(0), in);
  return in;
}

Transformed Standardise::forward(const at::Tensor& x, const Context&) {
  return {(x - mean_) / scale_, -scale_.log().sum().expand({x.size(0)})};
}

Transformed Standardise::inverse(const at::Tensor& y, const Context&) {
  return {y * scale_ + mean_, scale_.log().sum().expand({y.size(0)})};
}

std::string Standardise::describe() const {
  return fmt::format("standardised, {} numbers", mean_.size(0));
}

std::pair<at::Tensor, at::Tensor> mean_and_deviation(const at::Tensor& x) {
  const auto exact = x.detach().to(at::kDouble);
  const auto mean = exact.mean(0), deviation = exact.std(0, /*unbiased=*/false);
  const auto varies = deviation > 1e-6 * mean.abs();
  return {mean, at::where(varies, deviation, at::ones_like(deviation))};
}

}  // namespace pushforward::flows
