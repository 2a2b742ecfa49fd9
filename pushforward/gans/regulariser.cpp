#include "pushforward/gans/regulariser.h"

#include <torch/csrc/autograd/autograd.h>

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"
#include "pushforward/nn/random.h"

namespace pushforward::gans {
namespace {

/// ‖∇D(x)‖ [N], with a graph to the critic's parameters. A gradient of zero has norm 0 with derivative 0.
at::Tensor gradient_norms(Critic& critic, const at::Tensor& x) {
  const auto at = x.detach().requires_grad_(true);
  const auto gradient = torch::autograd::grad({critic.forward(at).sum()}, {at}, {}, true, true)[0];
  return at::linalg_vector_norm(gradient.flatten(1), 2, at::IntArrayRef{1});
}

/// One draw from U[0, 1) per sample, to be broadcast over x.
at::Tensor uniform_per_sample(const at::Tensor& x, at::Generator& generator) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[0] = x.size(0);
  return nn::draw_uniform(shape, 0, 1, generator, x.options());
}

/// λ E f(‖∇D(x̂)‖ − 1)² at the x̂ of `where`.
template <typename Where>
Regulariser slope_of_one(double lambda, Where where, bool one_sided = false) {
  return {.penalty = [=](Critic& critic, const at::Tensor& real, const at::Tensor& fake,
                         at::Generator& generator) {
    auto excess = gradient_norms(critic, where(real, fake, generator)) - 1;
    if (one_sided) excess = at::relu(excess);
    return lambda * excess.square().mean();
  }};
}

at::Tensor between(const at::Tensor& real, const at::Tensor& fake, at::Generator& generator) {
  return at::lerp(real, fake, uniform_per_sample(real, generator));
}

at::Tensor around(const at::Tensor& real, const at::Tensor&, at::Generator& generator) {
  const auto noise = nn::draw_uniform_like(real, 0, 1, generator);
  return real + uniform_per_sample(real, generator) * (0.5 * real.std(false)) * noise;
}

struct Kind {
  std::string name;
  double strength;  // the paper's
  Regulariser (*make)(double strength);
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"none", 1, [](double) { return no_regulariser(); }},
      {"weight_clipping", 0.01, weight_clipping},
      {"gradient_penalty", 10, gradient_penalty},
      {"one_sided_gradient_penalty", 10, one_sided_gradient_penalty},
      {"dragan", 10, dragan},
      {"r1", 10, r1},
  };
  return all;
}

double positive(const char* name, double strength) {
  if (!(strength > 0)) throw usage("[{}] expected a strength above 0, got {}", name, strength);
  return strength;
}

}  // namespace

Regulariser no_regulariser() {
  return {};
}

Regulariser weight_clipping(double limit) {
  positive("weight_clipping", limit);
  return {.after_step = [limit](Critic& critic) {
    const at::NoGradGuard no_grad;
    for (auto& p : critic.parameters()) p.clamp_(-limit, limit);
  }};
}

Regulariser gradient_penalty(double lambda) {
  return slope_of_one(positive("gradient_penalty", lambda), between);
}

Regulariser one_sided_gradient_penalty(double lambda) {
  return slope_of_one(positive("one_sided_gradient_penalty", lambda), between, true);
}

Regulariser dragan(double lambda) {
  return slope_of_one(positive("dragan", lambda), around);
}

Regulariser r1(double gamma) {
  positive("r1", gamma);
  return {.penalty = [gamma](Critic& critic, const at::Tensor& real, const at::Tensor&, at::Generator&) {
    return 0.5 * gamma * gradient_norms(critic, real).square().mean();
  }};
}

std::vector<std::string> regulariser_names() {
  return names_of(kinds());
}

Regulariser regulariser(const std::string& name, std::optional<double> strength) {
  const auto& kind = find_named(kinds(), name, "regulariser");
  return kind.make(strength.value_or(kind.strength));
}

}  // namespace pushforward::gans
