// Small networks for tests, composed of ATen's operations in float64.
#pragma once

#include "tests/nn/gaussian.h"
#include "tests/ops/oracle.h"

#include "pushforward/gans/networks.h"

namespace pushforward::gans {

inline at::Tensor parameter(at::IntArrayRef shape, std::uint64_t seed) {
  return normal(shape, seed, at::kDouble) * 0.7;
}

/// z → W₂ tanh(W₁z + b) [N, 3].
class TinyGenerator : public Generator {
 public:
  explicit TinyGenerator(std::uint64_t seed = 1) : Generator(2) {
    w1 = register_parameter("w1", parameter({5, 2}, seed));
    b = register_parameter("b", parameter({5}, seed + 1));
    w2 = register_parameter("w2", parameter({3, 5}, seed + 2));
  }
  at::Tensor forward(const at::Tensor& z) override {
    return at::linear(at::tanh(at::linear(z.to(w1.scalar_type()), w1, b)), w2);
  }
  at::Tensor w1, b, w2;
};

/// x [N, 3] → w · tanh(norm(Wx)) [N]; norm is a batch normalisation or nothing.
class TinyCritic : public Critic {
 public:
  explicit TinyCritic(bool batch_norm, std::uint64_t seed = 10) : batch_norm_(batch_norm) {
    w1 = register_parameter("w1", parameter({6, 3}, seed));
    w2 = register_parameter("w2", parameter({6}, seed + 1));
    if (!batch_norm) return;
    scale = register_parameter("scale", at::ones({6}, at::kDouble));
    shift = register_parameter("shift", at::zeros({6}, at::kDouble));
    mean = register_buffer("running_mean", at::zeros({6}, at::kDouble));
    variance = register_buffer("running_var", at::ones({6}, at::kDouble));
  }
  at::Tensor forward(const at::Tensor& x) override {
    auto y = at::linear(x, w1);
    if (batch_norm_) y = at::batch_norm(y, scale, shift, mean, variance, is_training(), 0.1, 1e-5, false);
    return at::tanh(y).mv(w2);
  }
  at::Tensor w1, w2, scale, shift, mean, variance;

 private:
  bool batch_norm_;
};

/// w · x, whose derivative in x is w everywhere; remembers what it was shown.
class LinearCritic : public Critic {
 public:
  explicit LinearCritic(const at::Tensor& weight) { w = register_parameter("w", weight.clone()); }
  at::Tensor forward(const at::Tensor& x) override {
    shown = x.detach();
    return x.flatten(1).mv(w);
  }
  at::Tensor w, shown;
};

/// d(loss)/d(parameter) by central differences, one entry after the other.
inline at::Tensor finite_difference(const std::function<at::Tensor()>& loss, const at::Tensor& parameter) {
  const at::NoGradGuard no_grad;
  constexpr double h = 1e-5;
  auto flat = parameter.detach().view(-1);
  auto result = at::zeros_like(flat);
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    const double value = flat[i].item<double>();
    double sides[2];
    for (const int side : {0, 1}) {
      flat[i] = value + (side == 0 ? h : -h);
      const at::AutoGradMode grad(true);  // Penalties differentiate inside.
      sides[side] = loss().item<double>();
    }
    flat[i] = value;
    result[i] = (sides[0] - sides[1]) / (2 * h);
  }
  return result.view(parameter.sizes());
}

}  // namespace pushforward::gans
