// What every bijector must satisfy. A new one joins with one line in `bijectors()`.
#include "pushforward/flows/bijector.h"

#include "tests/flows/toys.h"
#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pushforward/flows/actnorm.h"
#include "pushforward/flows/autoregressive_image.h"
#include "pushforward/flows/coupling.h"
#include "pushforward/flows/invertible_conv.h"
#include "pushforward/flows/masked_autoregressive.h"
#include "pushforward/flows/permutation.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/flows/residual.h"
#include "pushforward/flows/squeeze.h"
#include "pushforward/flows/standardise.h"
#include "pushforward/ops/precision.h"

namespace pushforward::flows {
namespace {

constexpr std::int64_t dims = 7;

struct Case {
  std::string name;
  std::function<std::shared_ptr<Bijector>(at::Generator& init)> make;
  Event event = {dims};
  std::function<at::Tensor(const at::Tensor&)> domain = [](const at::Tensor& x) {
    return x;
  };                    // from N(0, 1)
  double spread = 0.7;  // of the parameters: less where outputs would be extreme
};

Case coupling(const std::string& name, std::vector<bool> mask, const std::string& transformer = "affine",
              std::int64_t condition = 0) {
  return {
      name, [=](at::Generator& init) {
        return std::make_shared<Coupling>(
            CouplingOptions{.mask = mask, .hidden = 9, .transformer = transformer, .condition = condition},
            init);
      }};
}

/// Pixels in (0, 1) for transformers that take them, under parameters that leave every level some
/// probability.
Case with_domain(Case one, const std::string& name) {
  if (!transformer(name).takes_pixels) return one;
  one.domain = at::sigmoid;
  one.spread = 0.2;
  return one;
}

Case autoregressive(const std::string& name, Event event, const std::string& transformer,
                    std::int64_t condition = 0, bool mirror = false) {
  const AutoregressiveImageOptions options{.event = event,
                                           .hidden = 4,
                                           .layers = 4,
                                           .mirror = mirror,
                                           .transformer = transformer,
                                           .condition = condition};
  Case one{name, [=](at::Generator& init) { return std::make_shared<AutoregressiveImage>(options, init); },
           std::move(event)};
  one.spread = 0.2;  // errors of the first pixels reach all others
  return with_domain(std::move(one), transformer);
}

Case image_coupling(const std::string& name, std::vector<bool> mask, const std::string& transformer,
                    const std::string& conditioner, std::int64_t condition = 0, bool mirror = false) {
  const auto channels = static_cast<std::int64_t>(mask.size());
  return {name,
          [=](at::Generator& init) {
            return std::make_shared<Coupling>(CouplingOptions{.mask = mask,
                                                              .hidden = 6,
                                                              .depth = 2,
                                                              .transformer = transformer,
                                                              .conditioner = conditioner,
                                                              .condition = condition,
                                                              .mirror = mirror},
                                              init);
          },
          {channels, 4, 2}};
}

template <typename Made, typename... Arguments>
Case plain(const std::string& name, Event event, Arguments... arguments) {
  return {name, [=](at::Generator&) { return std::make_shared<Made>(arguments...); }, std::move(event)};
}

std::string capital(std::string name) {
  name[0] = static_cast<char>(std::toupper(name[0]));
  return name;
}

Case masked_autoregressive(const std::string& name, const std::string& transformer, Parallel parallel,
                           std::int64_t condition = 0, std::int64_t depth = 1) {
  return {name, [=](at::Generator& init) {
            return std::make_shared<MaskedAutoregressive>(
                MaskedAutoregressiveOptions{.dims = dims,
                                            .hidden = 8,
                                            .depth = depth,
                                            .transformer = transformer,
                                            .parallel = parallel,
                                            .condition = condition},
                init);
          }};
}

/// Every transformer under every conditioner and in autoregressive layers, with a condition and without.
void add_couplings(std::vector<Case>& all) {
  const std::vector<bool> features{true, true, false, true, false, false, true};
  const std::vector<bool> channels{true, false, true};
  for (const auto& transformer : transformers()) {
    const auto name = capital(transformer.name);
    const auto add = [&](Case one) {
      // Of a spline larger parameters leave slopes that float32 does not come back from.
      if (transformer.name == "spline") one.spread = std::min(one.spread, 0.3);
      all.push_back(with_domain(std::move(one), transformer.name));
    };
    add(coupling(name + "Mlp", features, transformer.name));
    add(coupling(name + "MlpConditional", features, transformer.name, 3));
    for (const auto& conditioner : conditioners()) {
      if (conditioner.rank != 3) continue;
      const auto both = name + capital(conditioner.name);
      add(image_coupling(both, channels, transformer.name, conditioner.name));
      add(image_coupling(both + "Conditional", channels, transformer.name, conditioner.name, 2));
      add(image_coupling(both + "Mirrored", channels, transformer.name, conditioner.name, 2, true));
    }
    add(autoregressive(name + "Autoregressive", {1, 4, 5}, transformer.name));
    add(autoregressive(name + "AutoregressiveConditional", {2, 3, 6}, transformer.name, 3));
    add(autoregressive(name + "AutoregressiveMirrored", {2, 3, 5}, transformer.name, 0, true));
    if (transformer.takes_pixels) continue;
    for (const auto& [which, parallel] :
         {std::pair("Density", Parallel::density), std::pair("Sampling", Parallel::sampling)}) {
      add(masked_autoregressive(name + "Parallel" + which, transformer.name, parallel));
      add(masked_autoregressive(name + "Parallel" + which + "Conditional", transformer.name, parallel, 3));
    }
  }
}

Case residual(const std::string& name, Event event, const LipschitzNetOptions& net = {},
              const ResidualLogDet& log_det = {}) {
  return {name,
          [=](at::Generator& init) {
            auto own = net;
            own.event = event;
            own.hidden = 9;
            return std::make_shared<ResidualBlock>(own, log_det, init);
          },
          event};
}

/// Every activation, every way to the log-determinant that has the mean of the exact.
void add_residual_blocks(std::vector<Case>& all) {
  for (const auto& activation : nn::lipschitz_activations()) {
    auto name = activation.name;
    name[0] = static_cast<char>(std::toupper(name[0]));
    all.push_back(residual("Residual" + name, {dims}, {.activation = activation.name}));
  }
  all.push_back(residual("ResidualActivatedInput", {dims}, {.hidden_layers = 1, .activates_input = true}));
  all.push_back(residual("ResidualOfImages", {2, 3, 4}));
  all.push_back(residual("ResidualConditional", {dims}, {.condition = 3}));
  all.push_back(residual("ResidualOfImagesConditional", {2, 3, 4}, {.condition = 2}));
  const ResidualLogDet roulette{.method = ResidualLogDet::Method::roulette, .evaluation_terms = 2};
  all.push_back(residual("ResidualRoulette", {dims}, {}, roulette));
  all.push_back(residual("ResidualRouletteConditional", {dims}, {.condition = 3}, roulette));
  auto gaussian = roulette;
  gaussian.probe = Probe::gaussian;
  gaussian.roulette = Roulette::geometric(0.92);
  all.push_back(residual("ResidualRouletteOfImages", {2, 2, 3}, {.hidden_layers = 1}, gaussian));
}

std::vector<Case> bijectors() {
  const std::vector<bool> one_kept{false, false, false, false, true, false, false};
  std::vector<Case> all{
      coupling("AffineEven", alternating_mask(dims, 0)),
      coupling("AffineOdd", alternating_mask(dims, 1)),
      coupling("AffineOneKept", one_kept),
      coupling("AdditiveEven", alternating_mask(dims, 0), "additive"),
      {"Logit", [](at::Generator&) { return std::make_shared<Logit>(0.05); }, {dims}, at::sigmoid},
      {"LogitSteep", [](at::Generator&) { return std::make_shared<Logit>(0.001); }, {dims}, at::sigmoid},
      {"LogitOfImages", [](at::Generator&) { return std::make_shared<Logit>(0.05); }, {2, 3, 2}, at::sigmoid},
      {"Standardise",
       [](at::Generator&) {
         auto standardise = std::make_shared<Standardise>(dims);
         standardise->fit(normal({20, dims}, 70) * 3 - 1);
         return standardise;
       }},
      masked_autoregressive("AutoregressiveDeep", "affine", Parallel::density, 0, 3),
      {"AdditiveDeep",
       [](at::Generator& init) {
         return std::make_shared<Coupling>(
             CouplingOptions{
                 .mask = alternating_mask(dims, 0), .hidden = 5, .depth = 3, .transformer = "additive"},
             init);
       }},
      plain<Permutation>("Permutation", {dims}, std::vector<std::int64_t>{3, 0, 6, 1, 5, 2, 4}),
      plain<Permutation>("PermutationOfImages", {3, 4, 2}, std::vector<std::int64_t>{2, 0, 1}),
      plain<ActNorm>("ActNorm", {dims}, dims),
      plain<ActNorm>("ActNormOfImages", {3, 4, 2}, 3),
      {"InvertibleConv", [](at::Generator& init) { return std::make_shared<InvertibleConv>(dims, init); }},
      {"InvertibleConvOfImages",
       [](at::Generator& init) { return std::make_shared<InvertibleConv>(3, init); },
       {3, 4, 2}},
      plain<Squeeze>("Squeeze", {2, 4, 2}),
      plain<Split>("Split", {8}),
      plain<Split>("SplitOfImages", {4, 3, 2}),
      plain<SplitByMask>("SplitByMask", {3}, std::vector<bool>{true, false, true}),
      plain<SplitByMask>("SplitByMaskOfImages", {3, 3, 2}, std::vector<bool>{false, true, false}),
      {"Contraction", [](at::Generator& init) { return std::make_shared<Contraction>(dims, init); }},
      plain<ProbedScale>("ProbedScale", {dims}, dims),
      plain<Counted>("Counted", {3, 2, 2}),
  };
  add_couplings(all);
  add_residual_blocks(all);
  return all;
}

class EveryBijector : public ::testing::TestWithParam<Case> {
 protected:
  /// With parameters far from their initial ones.
  std::shared_ptr<Bijector> make(std::uint64_t seed = 1, at::ScalarType type = at::kDouble) const {
    auto init = nn::generator(seed);
    auto bijector = GetParam().make(init);
    const at::NoGradGuard no_grad;
    for (auto& parameter : bijector->parameters())
      parameter.copy_(normal(parameter.sizes(), seed++) * GetParam().spread);
    const auto x = batch(2, at::kFloat);
    bijector->forward(x, context(*bijector, x));  // in training mode: buffers that follow parameters do
    bijector->to(type);
    bijector->eval();
    return bijector;
  }
  at::Tensor batch(std::int64_t n, at::ScalarType type = at::kDouble) const {
    return ops::laid_out(GetParam().domain(normal(batch_of(n), 50, at::kDouble)).to(at::kFloat).to(type));
  }
  std::vector<std::int64_t> batch_of(std::int64_t n) const {
    auto shape = GetParam().event;
    shape.insert(shape.begin(), n);
    return shape;
  }
  /// With a condition where one is needed.
  static Context context(const Bijector& bijector, const at::Tensor& x, std::uint64_t seed = 30) {
    if (bijector.condition_size() == 0) return {};
    return {.condition = normal({x.size(0), bijector.condition_size()}, seed, x.scalar_type())};
  }
  static Transformed forward(Bijector& bijector, const at::Tensor& x) {
    return bijector.forward(x, context(bijector, x));
  }
  /// Value and latent: [N, D].
  static at::Tensor all_of(const Transformed& y) {
    if (!y.latent.defined()) return y.value.flatten(1);
    return at::cat({y.value.flatten(1), y.latent.flatten(1)}, 1);
  }
  static Op forward_of(const std::shared_ptr<Bijector>& bijector) {
    return [=](const Tensors& in) {
      const auto y = forward(*bijector, in[0]);
      return Tensors{all_of(y), y.log_det};
    };
  }
};

TEST_P(EveryBijector, LogDetIsThatOfTheJacobian) {
  const auto bijector = make();
  const auto x = leaf(batch(5));
  const auto y = forward(*bijector, x);
  const auto out = all_of(y);
  Tensors rows;
  for (std::int64_t d = 0; d < out.size(1); ++d)
    rows.push_back(gradients(out.select(1, d).sum(), {x})[0].flatten(1));
  const auto jacobian = at::stack(rows, 1);  // [N, out, in]
  EXPECT_EQ(y.log_det.sizes(), (at::IntArrayRef{5}));
  EXPECT_LT(difference(y.log_det, std::get<1>(at::slogdet(jacobian))), 1e-12);
}

TEST_P(EveryBijector, InverseUndoesForwardAndItsLogDet) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const auto bijector = make(1, type);
    ASSERT_NE(bijector->inverse_kind(), Inverse::absent);
    const auto x = batch(33, type);
    const auto y = forward(*bijector, x);
    if (bijector->output(GetParam().event) == GetParam().event) {
      EXPECT_GT(difference(y.value, x), 0.01) << "the identity tests nothing";
    }
    const double tolerance = type == at::kFloat ? 1e-3 : 1e-9;
    auto here = context(*bijector, x);
    here.latent = y.latent;
    here.tolerance = tolerance / 10;
    const auto back = bijector->inverse(y.value, here);
    EXPECT_LT(difference(back.value, x), tolerance);
    EXPECT_LT(difference(-back.log_det, y.log_det), tolerance);
    EXPECT_EQ(back.value.scalar_type(), type);
    EXPECT_EQ(back.iterations > 0, bijector->inverse_kind() == Inverse::iterative);
    here.wants_log_det = false;
    EXPECT_TRUE(identical(bijector->inverse(y.value, here).value, back.value));
  }
}

// A conditioner that rounds the same numbers the same way both times is undone as exactly as another.
TEST_P(EveryBijector, InverseUndoesForwardInBfloat16) {
  const ops::UsePrecision use(ops::Precision::bfloat16);
  const auto bijector = make(1, at::kFloat);
  const auto x = batch(33, at::kFloat);
  const auto y = forward(*bijector, x);
  auto here = context(*bijector, x);
  here.latent = y.latent;
  here.tolerance = 1e-4;
  const auto back = bijector->inverse(y.value, here);
  EXPECT_LT(difference(back.value, x), 1e-3);
  EXPECT_LT(difference(-back.log_det, y.log_det), 1e-3);
}

// What is not finite spoils the same images, whatever products round to.
TEST_P(EveryBijector, WhatIsNotFiniteComesThroughBfloat16) {
  const auto spoiled = [&](const std::string& name, double bad, ops::Precision precision) {
    const ops::UsePrecision use(precision);
    const at::NoGradGuard no_grad;
    const auto bijector = make(1, at::kFloat);
    auto x = batch(9, at::kFloat);
    if (name == "x")
      x[4].fill_(bad);
    else
      bijector->named_parameters()[name].fill_(bad);
    const auto y = bijector->forward(x, context(*bijector, x));
    return at::isfinite(y.value.flatten(1)).all(1).logical_and(at::isfinite(y.log_det)).logical_not();
  };
  const auto expect_alike = [&](const std::string& name, double bad) {
    EXPECT_TRUE(
        identical(spoiled(name, bad, ops::Precision::bfloat16), spoiled(name, bad, ops::Precision::float32)))
        << name << " " << bad;
  };
  for (const auto& parameter : make(1, at::kFloat)->named_parameters())
    expect_alike(parameter.key(), std::nan(""));
  expect_alike("x", std::nan(""));
  expect_alike("x", std::numeric_limits<double>::infinity());
}

TEST_P(EveryBijector, AnIterativeInverseKeepsToWhatWasAskedFor) {
  const auto bijector = make();
  if (bijector->inverse_kind() != Inverse::iterative) return;
  const auto x = batch(20), y = forward(*bijector, x).value;
  const auto inverse = [&](double tolerance, std::int64_t iterations) {
    auto here = context(*bijector, x);
    here.tolerance = tolerance;
    here.max_iterations = iterations;
    return bijector->inverse(y, here);
  };
  const auto rough = inverse(1e-2, 1000), fine = inverse(1e-12, 1000);
  EXPECT_LT(rough.iterations, fine.iterations);
  for (const auto& found : {rough, fine})
    EXPECT_LE((found.value - x).abs().max().item<double>(), found.error + 1e-15);
  EXPECT_LE(rough.error, 1e-2);
  EXPECT_LE(fine.error, 1e-12);
  expect_says([&] { inverse(1e-12, 3); }, "in 3 iterations");
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
  const auto y = forward(*bijector, x);
  auto here = context(*bijector, x);
  if (here.condition.defined()) here.condition = here.condition.slice(0, 4, 5);
  const auto alone = bijector->forward(x.slice(0, 4, 5), here);
  constexpr double rounding = 1e-4;  // as of gradients: products of fewer rows are summed in another order
  EXPECT_LT(difference(all_of(alone), all_of(y).slice(0, 4, 5)), rounding);
  EXPECT_LT(difference(alone.log_det, y.log_det.slice(0, 4, 5)), rounding);
  x[4].fill_(std::nan(""));
  const auto spoiled = at::isnan(all_of(forward(*bijector, x)));
  EXPECT_EQ(spoiled.any(1).sum().item<int>(), 1);
  EXPECT_TRUE(spoiled[4].all().item<bool>());
}

TEST_P(EveryBijector, ReloadedStateIsTheSameFunction) {
  const auto from = make(1, at::kFloat), into = make(2, at::kFloat);
  from->initialise(batch(20, at::kFloat));
  const auto source = nn::named_state(*from), target = nn::named_state(*into);
  ASSERT_EQ(source.size(), target.size());
  {
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < source.size(); ++i) at::Tensor(target[i].second).copy_(source[i].second);
  }
  EXPECT_TRUE(into->is_initialised());
  const auto x = batch(6, at::kFloat);
  const auto a = forward(*from, x), b = forward(*into, x);
  EXPECT_TRUE(identical(all_of(a), all_of(b)) && identical(a.log_det, b.log_det));
}

TEST_P(EveryBijector, TakesAnEmptyBatch) {
  const auto bijector = make(1, at::kFloat);
  const auto y = forward(*bijector, at::empty(batch_of(0)));
  EXPECT_EQ(all_of(y).sizes(), (at::IntArrayRef{0, size_of(GetParam().event)}));
  EXPECT_EQ(y.log_det.sizes(), (at::IntArrayRef{0}));
}

TEST_P(EveryBijector, GivesTheEventItSays) {
  const auto bijector = make(1, at::kFloat);
  const auto& event = GetParam().event;
  const auto y = forward(*bijector, batch(3, at::kFloat));
  EXPECT_EQ(y.value.sizes().slice(1), at::IntArrayRef(bijector->output(event)));
  const auto leaving = bijector->leaves(event);
  ASSERT_EQ(y.latent.defined(), !leaving.empty());
  if (y.latent.defined()) {
    EXPECT_EQ(y.latent.sizes().slice(1), at::IntArrayRef(leaving));
  }
  if (bijector->output(event) == event) {
    EXPECT_TRUE(ops::laid_out(y.value).is_same(y.value)) << "another layout than its event's";
  }
}

TEST_P(EveryBijector, TakesItsConditionAndNoOther) {
  const auto bijector = make();
  if (bijector->condition_size() == 0) return;
  const auto x = batch(4);
  const auto one = bijector->forward(x, context(*bijector, x, 30));
  const auto other = bijector->forward(x, context(*bijector, x, 31));
  EXPECT_GT((one.value - other.value).flatten(1).abs().amax(1).min().item<double>(), 1e-6);
  const auto size = bijector->condition_size();
  expect_says([&] { bijector->forward(x, {}); }, fmt::format("expected a condition [4, {}], got none", size));
  expect_says(
      [&] {
        bijector->forward(x, {.condition = at::zeros({4, size + 1}, at::kDouble)});
      },
      fmt::format("expected a condition [4, {}], got [4, {}]", size, size + 1));
  expect_says(
      [&] {
        bijector->inverse(x, {.condition = at::zeros({3, size}, at::kDouble)});
      },
      fmt::format("expected a condition [4, {}], got [3, {}]", size, size));
}

TEST_P(EveryBijector, ItsLogDetIsExactOrAnEstimateOfTheExact) {
  const auto bijector = make();
  const auto x = batch(4);
  const auto exact = forward(*bijector, x).log_det;
  auto here = context(*bijector, x);
  here.generator = nn::generator(3);
  std::vector<at::Tensor> draws;
  for (int i = 0; i < 1000; ++i) {
    draws.push_back(bijector->forward(x, here).log_det);
    if (bijector->log_det_kind() == LogDet::exact) {
      EXPECT_TRUE(identical(draws[0], exact));
      return;
    }
  }
  const auto all = at::stack(draws);  // [draws, N]
  const auto error = (all.mean(0) - exact).abs() / (all.std(0) / std::sqrt(1000.0));
  EXPECT_GT(all.std(0).min().item<double>(), 1e-3);
  EXPECT_LT(error.max().item<double>(), 4) << "standard errors";
}

TEST_P(EveryBijector, CountsItsArithmetic) {
  const auto bijector = make();
  bool has_weights = false;
  for (const auto& parameter : bijector->parameters()) has_weights = has_weights || parameter.dim() >= 2;
  EXPECT_EQ(bijector->forward_flop(GetParam().event) > 0, has_weights);
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

TEST(Coupling, OfImagesKeepsChannelsAndCountsEveryPosition) {
  auto init = nn::generator(1);
  Coupling coupling({.mask = {true, false, true, false}, .hidden = 8, .conditioner = "conv"}, init);
  EXPECT_EQ(coupling.describe(), "affine coupling, 2 of 4 channels kept, 2→8→8→4");
  EXPECT_EQ(coupling.forward_flop({4, 5, 3}), 2. * (2 * 8 * 9 + 8 * 8 + 8 * 4 * 9) * 15);
  const auto x = normal({6, 4, 5, 3}, 2);
  EXPECT_LT(difference(coupling.forward(x, {}).value, x), 1e-6) << "starts at the identity";
}

TEST(Coupling, OfPixelsHasADensityThatIsConstantInALevel) {
  for (const auto& conditioner : conditioners()) {
    auto init = nn::generator(1);
    Coupling coupling({.mask = {true, true, false},
                       .hidden = 8,
                       .transformer = "discretised_logistics",
                       .conditioner = conditioner.name},
                      init);
    const auto shape =
        conditioner.rank == 3 ? std::vector<std::int64_t>{6, 3, 4, 5} : std::vector<std::int64_t>{6, 3};
    const auto level = at::sigmoid(normal(shape, 50)).mul(256).floor();
    const auto log_density = [&](double inside) {
      const auto y = coupling.forward(ops::laid_out((level + inside) / 256), {});
      return y.log_det - 0.5 * y.value.select(1, 2).reshape({6, -1}).square().sum(1);
    };
    EXPECT_LT(difference(log_density(0.1), log_density(0.9)), 1e-5) << conditioner.name;
  }
}

TEST(Coupling, SaysWhatItExpected) {
  auto init = nn::generator(1);
  const Coupling dense({.mask = {true, false, true}, .hidden = 2}, init);
  const Coupling image({.mask = {true, false, true}, .hidden = 2, .conditioner = "conv"}, init);
  expect_says([&] { dense.output({3, 2, 2}); }, "[coupling] expected 3 features, got [3, 2, 2]");
  expect_says([&] { image.output({3}); }, "[coupling] expected 3 channels of an image, got [3]");
  expect_says([&] { image.output({4, 2, 2}); }, "[coupling] expected 3 channels of an image, got [4, 2, 2]");
  const auto make = [&](CouplingOptions options) {
    options.mask = {true, false};
    Coupling coupling(options, init);
  };
  expect_says([&] { make({.transformer = "afine"}); }, "unknown transformer afine: expected one of affine");
  expect_says([&] { make({.conditioner = "cnv"}); }, "unknown conditioner cnv: expected one of mlp, conv");
  expect_says([&] { make({.condition = -1}); },
              "[coupling] expected a condition of 0 or more numbers, got -1");
}

TEST(ActNorm, StartsFromDataOnce) {
  for (const bool image : {false, true}) {
    const auto shape = image ? std::vector<std::int64_t>{60, 3, 4, 5} : std::vector<std::int64_t>{600, 3};
    const auto by_channel = [&](const at::Tensor& x) { return x.transpose(0, 1).flatten(1); };
    const auto spread =
        at::tensor({1e-3F, 2.0F, 1e3F}).view(image ? at::IntArrayRef{3, 1, 1} : at::IntArrayRef{3});
    const auto x = (normal(shape, 1) + 2) * spread;
    ActNorm norm(3);
    EXPECT_FALSE(norm.is_initialised());
    EXPECT_TRUE(identical(norm.forward(x, {}).value, x)) << "nothing before it has started";
    norm.initialise(x);
    EXPECT_TRUE(norm.is_initialised());
    const auto y = by_channel(norm.forward(x, {}).value);
    EXPECT_LT(y.mean(1).abs().max().item<double>(), 1e-4);
    EXPECT_LT((y.std(1, false) - 1).abs().max().item<double>(), 1e-4);
  }
}

TEST(ActNorm, LeavesTheScaleOfWhatDoesNotVary) {
  ActNorm norm(2);
  const auto x = at::stack({normal({9}, 1), at::full({9}, 7.0F)}, 1);
  norm.initialise(x);
  const auto y = norm.forward(x, {});
  EXPECT_EQ(y.value.select(1, 1).abs().max().item<double>(), 0);
  EXPECT_LT(y.log_det.abs().max().item<double>(), 2);
}

TEST(Squeeze, TakesTwoByTwoSquaresToChannels) {
  const auto x = at::arange(2 * 4 * 2, at::kFloat).view({1, 2, 4, 2});
  const auto y = Squeeze().forward(x, {}).value;
  EXPECT_TRUE(y.equal(at::pixel_unshuffle(x, 2)));
  expect_says(
      [] {
        Squeeze().output({1, 3, 4});
      },
      "[squeeze] expected an image of even height and width, got [1, 3, 4]");
  expect_says([] { Squeeze().output({8}); }, "[squeeze] expected an image of even height and width, got [8]");
}

TEST(Split, AsksForWhatLeft) {
  Split split;
  expect_says(
      [&] {
        split.output({3, 2, 2});
      },
      "[split] expected an even number of features or channels, got [3, 2, 2]");
  expect_says(
      [&] {
        split.inverse(at::ones({2, 3}), {});
      },
      "[split] expected the half that left, [2, 3], got none");
}

TEST(Coupling, RefusesNoHiddenUnits) {
  auto init = nn::generator(1);
  expect_says(
      [&] {
        Coupling({.mask = {true, false}, .hidden = 0}, init);
      },
      "[coupling] expected at least one hidden unit, got 0");
}

TEST(SplitByMask, KeepsWhatItsMaskMarks) {
  const auto x = normal({2, 3, 4, 5}, 1);
  SplitByMask split({true, false, true});
  const auto y = split.forward(x, {});
  EXPECT_TRUE(y.value.equal(at::stack({x.select(1, 0), x.select(1, 2)}, 1)));
  EXPECT_TRUE(y.latent.equal(x.slice(1, 1, 2)));
  EXPECT_EQ(split.describe(), "1 of 3 leave as latents");
  expect_says([&] { split.output({4}); }, "[split by mask] expected 3 features or channels, got [4]");
  expect_says([&] { split.inverse(y.value, {}); }, "[split by mask] expected what left, got none");
}

TEST(InvertibleConv, StartsAsARotation) {
  auto init = nn::generator(1);
  InvertibleConv conv(5, init);
  const auto x = normal({4, 5, 3, 2}, 2);
  const auto y = conv.forward(x, {});
  EXPECT_LT(difference(y.value.square().sum(1), x.square().sum(1)), 1e-5);
  EXPECT_LT(y.log_det.abs().max().item<double>(), 1e-5);
  EXPECT_EQ(conv.forward_flop({5, 3, 2}), 2. * 25 * 6);
  expect_says(
      [&] {
        conv.output({4, 3, 2});
      },
      "[invertible conv] expected 5 features or channels, got [4, 3, 2]");
}

TEST(LogisticMixture, IsIncreasingAndStaysFiniteFarOut) {
  const auto& mixture = transformer("logistic_mixture");
  const auto x = at::linspace(-300, 300, 4001).view({1, -1});
  std::vector<at::Tensor> parameters;
  for (std::size_t i = 0; i < mixture.parameters.size(); ++i)
    parameters.push_back(normal({1, mixture.parameters[i].size, 1}, i)
                             .expand({1, mixture.parameters[i].size, 4001})
                             .flatten(1));
  const auto [y, log_det] = mixture.forward(x, parameters);
  EXPECT_TRUE(at::isfinite(y).all().item<bool>() && at::isfinite(log_det).all().item<bool>());
  EXPECT_GT((y.slice(1, 1) - y.slice(1, 0, -1)).min().item<double>(), 0);
  EXPECT_LT(difference(mixture.inverse(y, parameters).first, x), 1e-4);
}

TEST(LogisticMixture, InverseHasTheDerivativeOfTheMap) {
  const auto& mixture = transformer("logistic_mixture");
  const auto x = leaf(normal({3, 2}, 9, at::kDouble));
  Tensors parameters;
  for (std::size_t i = 0; i < mixture.parameters.size(); ++i)
    parameters.push_back(leaf(normal({3, 2 * mixture.parameters[i].size}, i, at::kDouble)));
  const auto y = mixture.forward(x, parameters).first;
  const auto back = mixture.inverse(y, parameters).first;
  // x = f⁻¹(f(x; p); p) whatever p is: its derivative in x is 1, in p 0.
  EXPECT_LT(difference(gradients(back.sum(), {x}, true)[0], at::ones_like(x)), 1e-9);
  for (const auto& gradient : gradients(back.sum(), parameters))
    EXPECT_LT(gradient.abs().max().item<double>(), 1e-9);
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
  const auto y = standardise.forward(x, {});
  EXPECT_EQ(y.value.select(1, 1).abs().max().item<double>(), 0);
  EXPECT_LT(y.log_det.abs().max().item<double>(), 1);
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
    const auto y = dequantize.forward(levels, context);
    EXPECT_GE(y.value.min().item<float>(), 0.0F);
    EXPECT_LT(y.value.max().item<float>(), 1.0F);
    EXPECT_EQ(y.log_det.abs().sum().item<float>(), 0.0F);
    EXPECT_TRUE(identical(dequantize.inverse(y.value, {}).value, levels));
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
