#include "pushforward/gans/regulariser.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/autograd.h>

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"

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
  return at::empty(shape, x.options()).uniform_(0.0, 1.0, generator);
}

class WeightClipping : public Regulariser {
 public:
  explicit WeightClipping(double limit) : limit_(limit) {}

  void after_step(Critic& critic) const override {
    const at::NoGradGuard no_grad;
    for (auto& p : critic.parameters()) p.clamp_(-limit_, limit_);
  }

 private:
  double limit_;
};

class GradientPenalty : public Regulariser {
 public:
  enum class Sides { one, two };
  GradientPenalty(double lambda, Sides sides) : lambda_(lambda), sides_(sides) {}

  at::Tensor penalty(Critic& critic, const at::Tensor& real, const at::Tensor& fake,
                     at::Generator& generator) const override {
    auto excess = gradient_norms(critic, where(real, fake, generator)) - 1;
    if (sides_ == Sides::one) excess = at::relu(excess);
    return lambda_ * excess.square().mean();
  }

 protected:
  virtual at::Tensor where(const at::Tensor& real, const at::Tensor& fake, at::Generator& generator) const {
    return at::lerp(real, fake, uniform_per_sample(real, generator));
  }

 private:
  double lambda_;
  Sides sides_;
};

class Dragan : public GradientPenalty {
 public:
  explicit Dragan(double lambda) : GradientPenalty(lambda, Sides::two) {}

 protected:
  at::Tensor where(const at::Tensor& real, const at::Tensor&, at::Generator& generator) const override {
    const auto noise = at::empty_like(real).uniform_(0.0, 1.0, generator);
    return real + uniform_per_sample(real, generator) * (0.5 * real.std(false)) * noise;
  }
};

class R1 : public Regulariser {
 public:
  explicit R1(double gamma) : gamma_(gamma) {}

  at::Tensor penalty(Critic& critic, const at::Tensor& real, const at::Tensor&,
                     at::Generator&) const override {
    return 0.5 * gamma_ * gradient_norms(critic, real).square().mean();
  }

 private:
  double gamma_;
};

struct Kind {
  std::string name;
  double strength;  // the paper's
  RegulariserPtr (*make)(double strength);
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

RegulariserPtr no_regulariser() {
  return std::make_shared<Regulariser>();
}

RegulariserPtr weight_clipping(double limit) {
  return std::make_shared<WeightClipping>(positive("weight_clipping", limit));
}

RegulariserPtr gradient_penalty(double lambda) {
  return std::make_shared<GradientPenalty>(positive("gradient_penalty", lambda), GradientPenalty::Sides::two);
}

RegulariserPtr one_sided_gradient_penalty(double lambda) {
  return std::make_shared<GradientPenalty>(positive("one_sided_gradient_penalty", lambda),
                                           GradientPenalty::Sides::one);
}

RegulariserPtr dragan(double lambda) {
  return std::make_shared<Dragan>(positive("dragan", lambda));
}

RegulariserPtr r1(double gamma) {
  return std::make_shared<R1>(positive("r1", gamma));
}

std::vector<std::string> regulariser_names() {
  std::vector<std::string> names;
  for (const auto& kind : kinds()) names.push_back(kind.name);
  return names;
}

RegulariserPtr regulariser(const std::string& name, std::optional<double> strength) {
  for (const auto& kind : kinds())
    if (kind.name == name) return kind.make(strength.value_or(kind.strength));
  throw usage("unknown regulariser {}: expected one of {}{}", name, fmt::join(regulariser_names(), ", "),
              did_you_mean(name, regulariser_names()));
}

}  // namespace pushforward::gans
