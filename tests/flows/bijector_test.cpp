// What every bijector must satisfy. A new one joins with one line in `bijectors()`.
#include "pushforward/flows/bijector.h"

#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include "pushforward/flows/coupling.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/flows/standardise.h"

namespace pushforward::flows {
namespace {

constexpr std::int64_t kDims = 7;

struct Case {
  std::string name;
  std::function<std::shared_ptr<Bijector>(at::Generator& init)> make;
  std::function<at::Tensor(const at::Tensor&)> domain = [](const at::Tensor& x) {
    return x;
  };  // from N(0, 1)
};

Case coupling(const std::string& name, std::vector<bool> mask, CouplingKind kind) {
  return {name, [=](at::Generator& init) {
            return std::make_shared<Coupling>(CouplingOptions{.mask = mask, .hidden = 9, .kind = kind}, init);
          }};
}

std::vector<Case> bijectors() {
  const std::vector<bool> random{true, true, false, true, false, false, true};
  const std::vector<bool> one_kept{false, false, false, false, true, false, false};
  return {
      coupling("AffineEven", alternating_mask(kDims, 0), CouplingKind::affine),
      coupling("AffineOdd", alternating_mask(kDims, 1), CouplingKind::affine),
      coupling("AffineRandom", random, CouplingKind::affine),
      coupling("AffineOneKept", one_kept, CouplingKind::affine),
      coupling("AdditiveEven", alternating_mask(kDims, 0), CouplingKind::additive),
      coupling("AdditiveRandom", random, CouplingKind::additive),
      {"Logit", [](at::Generator&) { return std::make_shared<Logit>(0.05); }, at::sigmoid},
      {"Standardise",
       [](at::Generator&) {
         auto standardise = std::make_shared<Standardise>(kDims);
         standardise->fit(normal({20, kDims}, 70) * 3 - 1);
         return standardise;
       }},
      {"LogitSteep", [](at::Generator&) { return std::make_shared<Logit>(0.001); }, at::sigmoid},
  };
}

class EveryBijector : public ::testing::TestWithParam<Case> {
 protected:
  /// With parameters far from their initial ones.
  std::shared_ptr<Bijector> make(std::uint64_t seed = 1, at::ScalarType type = at::kDouble) const {
    auto init = nn::generator(seed);
    auto bijector = GetParam().make(init);
    const at::NoGradGuard no_grad;
    for (auto& parameter : bijector->parameters()) parameter.copy_(normal(parameter.sizes(), seed++) * 0.7);
    bijector->to(type);
    return bijector;
  }
  at::Tensor batch(std::int64_t n, at::ScalarType type = at::kDouble) const {
    return GetParam().domain(normal({n, kDims}, 50, at::kDouble)).to(at::kFloat).to(type);
  }
};

Op forward_of(const std::shared_ptr<Bijector>& bijector) {
  return [=](const Tensors& in) {
    const auto [value, log_det] = bijector->forward(in[0], {});
    return Tensors{value, log_det};
  };
}

TEST_P(EveryBijector, LogDetIsThatOfTheJacobian) {
  const auto bijector = make();
  const auto x = leaf(batch(5));
  const auto [y, log_det] = bijector->forward(x, {});
  Tensors rows;
  for (std::int64_t d = 0; d < kDims; ++d) rows.push_back(gradients(y.select(1, d).sum(), {x})[0]);
  const auto jacobian = at::stack(rows, 1);  // [N, out, in]
  EXPECT_EQ(log_det.sizes(), (at::IntArrayRef{5}));
  EXPECT_LT(difference(log_det, std::get<1>(at::slogdet(jacobian))), 1e-12);
}

TEST_P(EveryBijector, InverseUndoesForwardAndItsLogDet) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const auto bijector = make(1, type);
    ASSERT_NE(bijector->inverse_kind(), Inverse::absent);
    const auto x = batch(33, type);
    const auto [y, log_det] = bijector->forward(x, {});
    EXPECT_GT(difference(y, x), 0.01) << "the identity tests nothing";
    const auto [back, inverse_log_det] = bijector->inverse(y, {});
    const double tolerance = type == at::kFloat ? 1e-3 : 1e-9;
    EXPECT_LT(difference(back, x), tolerance);
    EXPECT_LT(difference(-inverse_log_det, log_det), tolerance);
    EXPECT_EQ(back.scalar_type(), type);
  }
}

TEST_P(EveryBijector, GradientsPerSampleAgreeWithFloat64) {
  const auto single = make(1, at::kFloat), exact = make(1, at::kDouble);
  const auto inputs_of = [&](const std::shared_ptr<Bijector>& bijector, at::ScalarType type) {
    Tensors inputs{leaf(batch(11, type))};
    for (const auto& parameter : bijector->parameters()) inputs.push_back(parameter);
    return inputs;
  };
  const auto a = inputs_of(single, at::kFloat), b = inputs_of(exact, at::kDouble);
  const auto found = gradients(weighted_sum(forward_of(single)(a), 7), a);
  const auto expected = gradients(weighted_sum(forward_of(exact)(b), 7), b);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_LT(difference(found[i], expected[i]), 1e-4) << i;
}

TEST_P(EveryBijector, GradientsAreThoseOfFiniteDifferences) {
  const auto bijector = make();
  Tensors inputs{leaf(batch(3))};
  for (const auto& parameter : bijector->parameters()) inputs.push_back(parameter);
  const auto loss = [&] { return weighted_sum(forward_of(bijector)(inputs), 7); };
  const auto grads = gradients(loss(), inputs);
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto direction = normal(inputs[i].sizes(), 90 + i, at::kDouble) * 1e-6;
    inputs[i].add_(direction);
    const double above = loss().item<double>();
    inputs[i].sub_(direction * 2);
    const double below = loss().item<double>();
    inputs[i].add_(direction);
    const double expected = (grads[i] * direction).sum().item<double>();
    EXPECT_NEAR((above - below) / 2, expected, 1e-6 * (std::abs(expected) + 1e-3)) << i;
  }
}

TEST_P(EveryBijector, EachSampleIsItsOwn) {
  const auto bijector = make(1, at::kFloat);
  auto x = batch(9, at::kFloat);
  const auto [y, log_det] = bijector->forward(x, {});
  const auto alone = bijector->forward(x.slice(0, 4, 5), {});
  EXPECT_LT(difference(alone.value, y.slice(0, 4, 5)), 1e-5);
  EXPECT_LT(difference(alone.log_det, log_det.slice(0, 4, 5)), 1e-5);
  x[4].fill_(std::nan(""));
  const auto spoiled = bijector->forward(x, {});
  EXPECT_EQ(at::isnan(spoiled.value).any(1).sum().item<int>(), 1);
  EXPECT_TRUE(at::isnan(spoiled.value[4]).all().item<bool>());
}

TEST_P(EveryBijector, ReloadedStateIsTheSameFunction) {
  const auto from = make(1, at::kFloat), into = make(2, at::kFloat);
  const auto source = nn::named_state(*from), target = nn::named_state(*into);
  ASSERT_EQ(source.size(), target.size());
  {
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < source.size(); ++i) at::Tensor(target[i].second).copy_(source[i].second);
  }
  const auto x = batch(6, at::kFloat);
  const auto a = from->forward(x, {}), b = into->forward(x, {});
  EXPECT_TRUE(identical(a.value, b.value) && identical(a.log_det, b.log_det));
}

TEST_P(EveryBijector, TakesAnEmptyBatch) {
  const auto bijector = make(1, at::kFloat);
  const auto [y, log_det] = bijector->forward(at::empty({0, kDims}), {});
  EXPECT_EQ(y.sizes(), (at::IntArrayRef{0, kDims}));
  EXPECT_EQ(log_det.sizes(), (at::IntArrayRef{0}));
}

INSTANTIATE_TEST_SUITE_P(Flows, EveryBijector, ::testing::ValuesIn(bijectors()),
                         [](const auto& one) { return one.param.name; });

TEST(Coupling, KeepsWhatItsMaskKeeps) {
  auto init = nn::generator(1);
  const std::vector<bool> mask{true, false, false, true, false};
  Coupling coupling({.mask = mask, .hidden = 4}, init);
  const auto x = normal({6, 5}, 2);
  const auto y = coupling.forward(x, {}).value;
  for (std::int64_t d = 0; d < 5; ++d)
    EXPECT_EQ(identical(y.select(1, d).contiguous(), x.select(1, d).contiguous()),
              bool(mask[static_cast<std::size_t>(d)]));
  EXPECT_EQ(coupling.describe(), "affine coupling, 2 of 5 features kept, 2→4→3");
}

TEST(Coupling, StartsWithinPyTorchsBoundsForTheFullMatrix) {
  auto init = nn::generator(1);
  const Coupling coupling({.mask = alternating_mask(64, 0), .hidden = 100}, init);
  for (const auto& [name, tensor] : nn::named_state(coupling)) {
    const double bound = name.find("_net.0.") != std::string::npos ? 1.0 / 8 : 1.0 / 10;  // fan-in 64 and 100
    EXPECT_LE(tensor.abs().max().item<double>(), bound) << name;
    EXPECT_GT(tensor.abs().max().item<double>(), 0.8 * bound) << name;
  }
}

TEST(Coupling, RefusesNoHiddenUnits) {
  auto init = nn::generator(1);
  expect_says(
      [&] {
        Coupling({.mask = {true, false}, .hidden = 0}, init);
      },
      "[coupling] expected at least one hidden unit, got 0");
}

TEST(Logit, RefusesAlphasOutsideItsRange) {
  for (const double alpha : {0.0, 0.5, -1.0, std::nan("")})
    expect_says([&] { Logit logit(alpha); }, "[logit] expected alpha in (0, 0.5), got");
}

TEST(Standardise, MakesWhatItWasFittedOnStandard) {
  const auto x = normal({500, 3}, 1) * at::tensor({1e-3F, 1.0F, 1e4F}) + at::tensor({5.0F, 0.0F, -1e5F});
  Standardise standardise(3);
  EXPECT_TRUE(identical(standardise.forward(x, {}).value, x)) << "nothing before it is fitted";
  standardise.fit(x);
  const auto y = standardise.forward(x, {}).value;
  EXPECT_LT(y.mean(0).abs().max().item<double>(), 1e-2);
  EXPECT_LT((y.std(0, false) - 1).abs().max().item<double>(), 1e-2);
}

TEST(Standardise, LeavesWhatDoesNotVary) {
  auto x = normal({50, 3}, 1);
  x.select(1, 1).fill_(7);
  Standardise standardise(3);
  standardise.fit(x);
  const auto [y, log_det] = standardise.forward(x, {});
  EXPECT_EQ(y.select(1, 1).abs().max().item<double>(), 0);
  EXPECT_LT(log_det.abs().max().item<double>(), 1);
  standardise.fit(x.slice(0, 0, 1));  // One example varies nowhere.
  EXPECT_EQ(standardise.forward(x, {}).log_det.abs().max().item<double>(), 0);
}

TEST(Standardise, RefusesWhatItCannotBeFittedTo) {
  Standardise standardise(3);
  expect_says([&] { standardise.fit(at::zeros({5, 4})); }, "[standardise] expected x [N, 3], got [5, 4]");
  expect_says([&] { standardise.fit(at::zeros({0, 3})); }, "[standardise] expected x [N, 3]");
  expect_says([&] { standardise.fit(at::full({2, 3}, std::nan(""))); }, "not finite");
}

TEST(Dequantize, BringsEveryLevelBack) {
  Dequantize dequantize;
  const auto levels = (at::arange(256, at::kFloat) / 255).view({16, 16});
  const Context noisy{.condition = {}, .generator = nn::generator(3)};
  for (const auto& context : {Context{}, noisy}) {
    const auto [y, log_det] = dequantize.forward(levels, context);
    EXPECT_GE(y.min().item<float>(), 0.0F);
    EXPECT_LT(y.max().item<float>(), 1.0F);
    EXPECT_EQ(log_det.abs().sum().item<float>(), 0.0F);
    EXPECT_TRUE(identical(dequantize.inverse(y, {}).value, levels));
  }
}

TEST(Dequantize, NoiseIsUniformWithinABinAndTheGenerators) {
  Dequantize dequantize;
  const auto zeros = at::zeros({200, 50});
  const auto draw = [&](std::uint64_t seed) {
    return dequantize.forward(zeros, {.condition = {}, .generator = nn::generator(seed)}).value * 256;
  };
  const auto u = draw(3);
  EXPECT_NEAR(u.mean().item<double>(), 0.5, 4 * std::sqrt(1.0 / 12 / 10000));
  EXPECT_NEAR(u.var().item<double>(), 1.0 / 12, 4e-3);
  EXPECT_TRUE(identical(draw(3), u));
  EXPECT_FALSE(identical(draw(4), u));
  EXPECT_TRUE(identical(dequantize.forward(zeros, {}).value, at::full({200, 50}, 0.5F / 256)));
}

TEST(Dequantize, InverseStaysAmongTheLevels) {
  Dequantize dequantize;
  const auto x = dequantize.inverse(at::tensor({-0.3F, 0.0F, 0.99999F, 1.0F, 7.0F}).view({1, 5}), {}).value;
  EXPECT_TRUE(identical(x, at::tensor({0.0F, 0.0F, 1.0F, 1.0F, 1.0F}).view({1, 5})));
}

}  // namespace
}  // namespace pushforward::flows
