// The simplest density models, to train in tests.
#pragma once

#include "tests/ops/tensors.h"

#include <cmath>
#include <numbers>

#include "pushforward/nn/density.h"

namespace pushforward::nn {

/// N(mean, diag exp(2 log_sd)). With a generator the images are first jittered by N(0, 0.1²), as noise is
/// added in dequantisation.
class Gaussian : public DensityModel {
 public:
  explicit Gaussian(std::int64_t dims) {
    mean = register_parameter("mean", at::zeros({dims}));
    log_sd = register_parameter("log_sd", at::zeros({dims}));
    register_buffer("updates", at::zeros({1}));
  }

  at::Tensor log_prob(const at::Tensor& x, const Context& context) override {
    const auto y =
        context.generator ? x + 0.1 * at::empty(x.sizes()).normal_(0.0, 1.0, *context.generator) : x;
    const auto z = (y - mean) * (-log_sd).exp();
    return (-0.5 * z.square() - log_sd - 0.5 * std::log(2 * std::numbers::pi)).sum(1);
  }

  at::Tensor sample(std::int64_t n, double temperature, at::Generator generator, const Context&) override {
    const at::NoGradGuard no_grad;
    return mean + temperature * log_sd.exp() * at::empty({n, mean.size(0)}).normal_(0.0, 1.0, generator);
  }

  std::string first_non_finite(const at::Tensor& x, const Context&) override {
    return at::isfinite(x).all().item<bool>() ? "the Gaussian" : "the input";
  }

  at::Tensor mean, log_sd;  // [D]
};

/// log p = −Σ √p: finite at p = 0, where its gradient is not.
class Root : public DensityModel {
 public:
  explicit Root(at::IntArrayRef shape) { root = register_parameter("root", at::zeros(shape)); }

  at::Tensor log_prob(const at::Tensor& x, const Context&) override {
    return x.sum(1) * 0 - root.sqrt().sum();
  }
  at::Tensor sample(std::int64_t n, double, at::Generator, const Context&) override {
    return at::zeros({n, 1});
  }
  std::string first_non_finite(const at::Tensor&, const Context&) override { return ""; }

  at::Tensor root;
};

inline NamedTensors copy(const NamedTensors& tensors) {
  NamedTensors copies;
  for (const auto& [name, tensor] : tensors) copies.emplace_back(name, tensor.detach().clone());
  return copies;
}

inline void expect_identical(const NamedTensors& a, const NamedTensors& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    EXPECT_TRUE(identical(a[i].second, b[i].second)) << a[i].first;
  }
}

inline std::vector<std::string> names_of(const NamedTensors& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  return names;
}

}  // namespace pushforward::nn
