// A model whose likelihood is known: the standard normal distribution in D dimensions.
#pragma once

#include "tests/expect.h"
#include <ATen/ATen.h>

#include <cmath>
#include <numbers>
#include <string_view>
#include <vector>

#include "pushforward/core/random.h"
#include "pushforward/ood/outputs.h"

namespace pushforward::ood {

inline constexpr std::int64_t gaussian_dims = 50;

/// [n, gaussian_dims] draws from N(0, scale² I).
inline at::Tensor gaussian(std::int64_t n, double scale, std::string_view purpose) {
  auto engine = stream(1, purpose);
  auto x = at::empty({n, gaussian_dims}, at::kDouble);
  auto* values = x.data_ptr<double>();
  for (std::int64_t i = 0; i < x.numel(); ++i) values[i] = scale * normal01(engine);
  return x;
}

inline std::vector<double> standard_normal(const at::Tensor& x) {
  const auto log_prob = x.square().sum(1) * -0.5 - 0.5 * gaussian_dims * std::log(2 * std::numbers::pi);
  return {log_prob.data_ptr<double>(), log_prob.data_ptr<double>() + log_prob.size(0)};
}

inline std::vector<double> normals(std::size_t n, std::string_view purpose, std::uint64_t counter = 0) {
  auto engine = stream(2, purpose, counter);
  std::vector<double> values(n);
  for (auto& value : values) value = normal01(engine);
  return values;
}

}  // namespace pushforward::ood
