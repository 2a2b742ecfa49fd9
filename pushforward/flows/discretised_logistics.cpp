#include "pushforward/ops/discretised_logistics.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "pushforward/flows/transformer.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {
namespace {

constexpr std::int64_t components = 10;

/// x [N, C, …] → [E], an image's pixels one after another.
at::Tensor numbers_of(const at::Tensor& x) {
  return x.movedim(1, -1).reshape({-1});
}

/// [E] as x.
at::Tensor as(const at::Tensor& numbers, const at::Tensor& x) {
  return ops::laid_out(numbers.view(x.movedim(1, -1).sizes()).movedim(-1, 1));
}

/// Parameters as a Transformer has them → [E, 3, K].
at::Tensor mixture_of(const std::vector<at::Tensor>& parameters) {
  std::vector<at::Tensor> kinds;
  for (const auto& kind : parameters)
    kinds.push_back(kind.unflatten(1, {components, -1}).movedim(1, -1).movedim(1, -2));
  return at::stack(kinds, -2).reshape({-1, 3, components});
}

/// Φ⁻¹(F), from the smaller of F and 1 − F.
at::Tensor normal_quantile(const ops::LevelProbability& level) {
  const double least = level.below.scalar_type() == at::kFloat ? 1e-37 : 1e-300;
  const auto tail = at::special_ndtri(at::minimum(level.below, level.above).clamp_min(least));
  return at::where(level.below < level.above, tail, -tail);
}

/// z = Φ⁻¹(F(x)): log dz/dx = log(256·P(level)) − log N(z; 0, 1).
std::pair<at::Tensor, at::Tensor> forward(const at::Tensor& x, const std::vector<at::Tensor>& parameters) {
  const auto level = ops::discretised_logistics(numbers_of(x), mixture_of(parameters));
  const auto z = normal_quantile(level);
  const double constant = std::log(static_cast<double>(ops::levels)) + 0.5 * std::log(2 * std::numbers::pi);
  const auto log_slope = level.log_probability + 0.5 * z.square() + constant;
  return {as(z, x), ops::sum_by_example(as(log_slope, x))};
}

at::Tensor inverse_value(const at::Tensor& z, const std::vector<at::Tensor>& parameters) {
  const auto numbers = numbers_of(z);
  return as(ops::discretised_logistics_quantile(at::special_ndtr(numbers), at::special_ndtr(-numbers),
                                                mixture_of(parameters)),
            z);
}

std::pair<at::Tensor, at::Tensor> inverse(const at::Tensor& z, const std::vector<at::Tensor>& parameters) {
  const auto x = inverse_value(z, parameters);
  return {x, -forward(x, parameters).second};
}

std::vector<double> spread(double from, double to) {
  std::vector<double> numbers;
  for (std::int64_t k = 0; k < components; ++k)
    numbers.push_back(from + (to - from) * static_cast<double>(k) / (components - 1));
  return numbers;
}

}  // namespace

/// Dequantised pixels → z = Φ⁻¹(F(x)), F the distribution of a discretised mixture of ten logistics, linear
/// within a level (ops/discretised_logistics.h). Under conditioners that see levels alone, the density is
/// constant within a level, so that of a dequantised pixel is exactly that of its level.
Transformer discretised_logistics_transformer() {
  return {.name = "discretised_logistics",
          .parameters = {{"logit", components},
                         {"mean", components, spread(-1, 1)},
                         {"log_scale", components, spread(-1.5, -1.5)}},
          .forward = forward,
          .inverse = inverse,
          .inverse_value = inverse_value,
          .takes_pixels = true};
}

}  // namespace pushforward::flows
