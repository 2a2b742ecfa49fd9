// Short training on densities in the plane whose entropy is known: a model's mean NLL on fresh samples cannot
// be below the true density's by more than sampling error.
#include "tests/ops/tensors.h"
#include <gtest/gtest.h>

#include <numbers>

#include "pushforward/flows/models.h"
#include "pushforward/ops/adam.h"

namespace pushforward::flows {
namespace {

struct Density {
  std::string name;
  std::function<at::Tensor(std::int64_t, at::Generator&)> sample;  // [n, 2]
  std::function<at::Tensor(const at::Tensor&)> log_prob;           // [N, 2] → [N] nats
  double entropy, entropy_tolerance, reached;  // nats: known, of one estimate, and by training here
};

/// Eight Gaussians of σ = ½/√2 on a circle of radius 4/√2: ln 8 + ln(2πeσ²) = 2.84 less their overlap.
Density eight_gaussians() {
  const double sigma = 0.5 / std::numbers::sqrt2, radius = 4 / std::numbers::sqrt2;
  const auto angles = at::arange(8, at::kFloat) * (std::numbers::pi / 4);
  const auto centers = at::stack({at::cos(angles), at::sin(angles)}, 1) * radius;
  return {"EightGaussians",
          [=](std::int64_t n, at::Generator& generator) {
            const auto which = at::empty({n}, at::kLong).random_(0, 8, generator);
            return centers.index_select(0, which) + at::empty({n, 2}).normal_(0.0, sigma, generator);
          },
          [=](const at::Tensor& x) {
            const auto square = (x.unsqueeze(1) - centers).square().sum(2);
            return at::logsumexp(-square / (2 * sigma * sigma), 1) -
                   std::log(8 * 2 * std::numbers::pi * sigma * sigma);
          },
          2.83,
          0.03,
          3.2};
}

/// Uniform on the eight dark squares, of side 2, of a board over [−4, 4]²: ln 32.
Density checkerboard() {
  return {"Checkerboard",
          [](std::int64_t n, at::Generator& generator) {
            const auto within = at::empty({n, 2}).uniform_(0.0, 2.0, generator);
            const auto column = at::empty({n}, at::kLong).random_(0, 4, generator);
            const auto row = 2 * at::empty({n}, at::kLong).random_(0, 2, generator) + column % 2;
            return within + 2 * at::stack({column, row}, 1) - 4;
          },
          [](const at::Tensor& x) { return at::full({x.size(0)}, -std::log(32.0)); },
          std::log(32.0),
          1e-6,
          4.2};
}

class Plane : public ::testing::TestWithParam<Density> {};

TEST_P(Plane, TrainingApproachesTheEntropyAndNeverPassesIt) {
  const auto& density = GetParam();
  auto generator = nn::generator(11);
  const auto flow = real_nvp({.dims = 2, .hidden = 64, .couplings = 8, .seed = 4});
  const auto test = density.sample(20000, generator);
  const auto truth = density.log_prob(test).to(at::kDouble);
  EXPECT_NEAR(-truth.mean().item<double>(), density.entropy, density.entropy_tolerance);

  const auto parameters = flow->parameters();
  std::vector<at::Tensor> first, second;
  for (const auto& parameter : parameters) {
    first.push_back(at::zeros_like(parameter));
    second.push_back(at::zeros_like(parameter));
  }
  double nll = 0;
  for (std::int64_t step = 1; step <= 400; ++step) {
    flow->zero_grad();
    (-flow->log_prob(density.sample(256, generator)).mean()).backward();
    std::vector<at::Tensor> gradients;
    for (const auto& parameter : parameters) gradients.push_back(parameter.grad());
    ops::adam_step(parameters, gradients, first, second, step, {.learning_rate = 2e-3});
    if (step % 100 != 0) continue;
    const at::NoGradGuard no_grad;
    const auto log_prob = flow->log_prob(test).to(at::kDouble);
    nll = -log_prob.mean().item<double>();
    // Paired with the truth on the same sample: the mean of log p − log q is KL(p‖q) ≥ 0.
    const auto gap = truth - log_prob;
    const double se = gap.std().item<double>() / std::sqrt(static_cast<double>(test.size(0)));
    EXPECT_GT(gap.mean().item<double>(), -4 * se) << "step " << step;
  }
  EXPECT_LT(nll, density.reached);
}

INSTANTIATE_TEST_SUITE_P(Flows, Plane, ::testing::Values(eight_gaussians(), checkerboard()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace pushforward::flows
