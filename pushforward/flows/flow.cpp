#include "pushforward/flows/flow.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {

Flow::Flow(std::int64_t dims, Bijectors preprocessing, Bijectors layers) : dims_(dims) {
  PF_CHECK(dims > 0, "[flow] expected at least one dimension, got {}", dims);
  const auto add = [this](const std::string& group, const Bijectors& members) {
    if (members.empty()) return;
    auto list = register_module(group, std::make_shared<torch::nn::Module>());
    for (std::size_t i = 0; i < members.size(); ++i) {
      list->register_module(std::to_string(i), members[i]);
      bijectors_.emplace_back(fmt::format("{}.{}", group, i), members[i]);
    }
  };
  add("preprocessing", preprocessing);
  add("layers", layers);
}

Transformed Flow::encode(const at::Tensor& x, const Context& context) {
  PF_CHECK(x.dim() == 2 && x.size(1) == dims_, "[flow] expected x [N, {}], got {}", dims_, x.sizes());
  Transformed now{ops::feature_major(x), at::zeros({x.size(0)}, x.options())};
  for (const auto& [name, bijector] : bijectors_) {
    auto next = bijector->forward(now.value, context);
    now = {next.value, now.log_det + next.log_det};
  }
  return now;
}

Transformed Flow::decode(const at::Tensor& z, const Context& context) {
  PF_CHECK(z.dim() == 2 && z.size(1) == dims_, "[flow] expected z [N, {}], got {}", dims_, z.sizes());
  Transformed now{ops::feature_major(z), at::zeros({z.size(0)}, z.options())};
  for (auto it = bijectors_.rbegin(); it != bijectors_.rend(); ++it) {
    auto next = it->second->inverse(now.value, context);
    now = {next.value, now.log_det + next.log_det};
  }
  return now;
}

at::Tensor Flow::log_prob(const at::Tensor& x, std::optional<at::Generator> generator) {
  const auto [z, log_det] = encode(x, {.condition = {}, .generator = std::move(generator)});
  return standard_normal_log_prob(z) + log_det;
}

at::Tensor Flow::sample(std::int64_t n, double temperature, at::Generator generator) {
  at::NoGradGuard no_grad;
  const auto z = at::empty({n, dims_}).normal_(0.0, 1.0, generator) * temperature;
  return decode(z).value.contiguous();
}

at::Tensor Flow::sample(std::int64_t n, double temperature, std::uint64_t seed) {
  return sample(n, temperature, nn::generator(stream_key(seed, "sample")));
}

std::string Flow::first_non_finite(const at::Tensor& x) {
  at::NoGradGuard no_grad;
  if (!at::isfinite(x).all().item<bool>()) return "the input";
  Transformed now{ops::feature_major(x), {}};
  for (const auto& [name, bijector] : bijectors_) {
    now = bijector->forward(now.value, {});
    if (!at::isfinite(now.value).all().item<bool>() || !at::isfinite(now.log_det).all().item<bool>())
      return fmt::format("{} ({})", name, bijector->describe());
  }
  return at::isfinite(standard_normal_log_prob(now.value)).all().item<bool>() ? "" : "the base distribution";
}

bool Flow::dequantizes() const {
  return std::any_of(bijectors_.begin(), bijectors_.end(), [](const auto& item) {
    return dynamic_cast<const Dequantize*>(item.second.get()) != nullptr;
  });
}

at::Tensor standard_normal_log_prob(const at::Tensor& z) {
  const double constant = 0.5 * static_cast<double>(z.size(1)) * std::log(2.0 * std::numbers::pi);
  return -0.5 * z.square().sum(1) - constant;
}

}  // namespace pushforward::flows
