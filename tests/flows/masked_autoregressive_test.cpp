#include "pushforward/flows/masked_autoregressive.h"

#include "tests/expect.h"
#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include "pushforward/flows/flow.h"
#include "pushforward/flows/permutation.h"

namespace pushforward::flows {
namespace {

/// |∂y_i/∂x_j|, the largest of some examples: [D, D].
at::Tensor jacobian(const std::function<at::Tensor(const at::Tensor&)>& map, std::int64_t dims) {
  const auto x = leaf(normal({40, dims}, 3, at::kDouble));
  const auto y = map(x);
  Tensors rows;
  for (std::int64_t i = 0; i < dims; ++i)
    rows.push_back(gradients(y.select(1, i).sum(), {x})[0].abs().amax(0));
  return at::stack(rows);
}

/// Whether every entry below the diagonal is something and every one above it nothing, as 0 exactly.
void expect_triangular(const at::Tensor& jacobian) {
  EXPECT_EQ(jacobian.triu(1).abs().max().item<double>(), 0);
  EXPECT_GT(jacobian.masked_select(at::ones_like(jacobian).tril().to(at::kBool)).min().item<double>(), 0);
}

class Directions : public ::testing::TestWithParam<Parallel> {
 protected:
  std::shared_ptr<MaskedAutoregressive> make(MaskedAutoregressiveOptions options) const {
    auto init = nn::generator(1);
    options.parallel = GetParam();
    auto layer = std::make_shared<MaskedAutoregressive>(options, init);
    layer->to(at::kDouble);
    return layer;
  }
};

TEST_P(Directions, TheJacobianIsTriangularInTheOrder) {
  for (const std::int64_t hidden : {3, 24, 31}) {
    const auto layer = make({.dims = 6, .hidden = hidden, .depth = 2});
    const auto forward = [&](const at::Tensor& x) { return layer->forward(x, {}).value; };
    const auto inverse = [&](const at::Tensor& x) { return layer->inverse(x, {}).value; };
    for (const auto& map : {jacobian(forward, 6), jacobian(inverse, 6)}) {
      EXPECT_EQ(map.triu(1).max().item<double>(), 0) << hidden;
      EXPECT_GT(map.diag().min().item<double>(), 0);
      if (hidden > 3) expect_triangular(map);
    }
  }
  const std::vector<std::int64_t> order{4, 0, 3, 1, 2};
  Flow flow({5}, {}, {std::make_shared<Permutation>(order), make({.dims = 5, .hidden = 24})});
  flow.to(at::kDouble);
  const auto found = jacobian([&](const at::Tensor& x) { return flow.encode(x).value; }, 5);
  expect_triangular(found.index_select(1, at::tensor(order, at::kLong)));
}

TEST_P(Directions, OneDirectionIsOnePassAndTheOtherGoesInOrder) {
  const auto layer = make({.dims = 9, .hidden = 20, .depth = 3, .transformer = "spline"});
  EXPECT_EQ(layer->inverse_kind(), GetParam() == Parallel::density ? Inverse::sequential : Inverse::analytic);
  const auto x = normal({30, 9}, 4, at::kDouble);
  const auto y = layer->forward(x, {});
  const auto back = layer->inverse(y.value, {});
  EXPECT_LT(difference(back.value, x), 1e-9);
  EXPECT_LT(difference(-back.log_det, y.log_det), 1e-9);
}

TEST_P(Directions, TheFirstFeatureHearsTheConditionToo) {
  for (const std::int64_t dims : {1, 2, 5}) {
    const auto layer = make({.dims = dims, .hidden = 40, .condition = 2});
    const auto x = normal({7, dims}, 5, at::kDouble);
    const auto with = [&](std::uint64_t seed) {
      return layer->forward(x, {.condition = normal({7, 2}, seed, at::kDouble)});
    };
    EXPECT_GT((with(6).value - with(7).value).abs().min().item<double>(), 0) << dims;
    const auto condition = normal({7, 2}, 6, at::kDouble);
    EXPECT_LT(difference(layer->inverse(with(6).value, {.condition = condition}).value, x), 1e-9);
  }
}

TEST_P(Directions, OneFeatureMovesOnItsOwn) {
  const auto layer = make({.dims = 1, .hidden = 4});
  const auto x = normal({5, 1}, 8, at::kDouble);
  const auto y = layer->forward(x, {});
  EXPECT_LT(difference(layer->inverse(y.value, {}).value, x), 1e-12);
  EXPECT_LT(y.log_det.std().item<double>(), 1e-12) << "of an affine map that depends on nothing";
}

INSTANTIATE_TEST_SUITE_P(Flows, Directions, ::testing::Values(Parallel::density, Parallel::sampling),
                         [](const auto& one) {
                           return one.param == Parallel::density ? "Density" : "Sampling";
                         });

TEST(MaskedMlp, AWalkGivesWhatOnePassGives) {
  for (const std::int64_t condition : {0, 2})
    for (const std::int64_t hidden : {2, 12, 25}) {
      auto init = nn::generator(2);
      MaskedMlp net({.dims = 7, .numbers = 3, .hidden = hidden, .depth = 2, .condition = condition}, init);
      const auto x = normal({6, 7}, 3);
      const auto given = condition > 0 ? normal({6, condition}, 4) : at::Tensor();
      const auto once = net.forward(x, given).unflatten(1, {3, 7});
      MaskedMlp::Walk walk(net, given, x);
      for (std::int64_t i = 0; i < 7; ++i)
        EXPECT_LT(difference(walk.next(x.slice(1, 0, i)), once.select(2, i)), 1e-5) << hidden << " " << i;
    }
}

TEST(MaskedAutoregressive, SaysWhatItExpectedAndWhatItIs) {
  auto init = nn::generator(1);
  const MaskedAutoregressive layer(
      {.dims = 3, .hidden = 5, .depth = 2, .transformer = "spline", .condition = 1}, init);
  EXPECT_EQ(layer.describe(), "spline autoregressive, the density in one pass, 4→5×2→69");
  expect_says([&] { layer.output({4}); }, "[masked autoregressive] expected 3 features, got [4]");
  expect_says([&] { layer.output({3, 2, 2}); }, "[masked autoregressive] expected 3 features, got [3, 2, 2]");
  const auto make = [&](MaskedAutoregressiveOptions options) { MaskedAutoregressive(options, init); };
  expect_usage([&] { make({.transformer = "splin"}); }, "did you mean spline?");
  expect_says([&] { make({.dims = 0}); }, "[masked_mlp] expected features and numbers for each, got 0 and 2");
  expect_says([&] { make({.hidden = 0}); }, "[masked_mlp] expected hidden layers and units, got 1 of 0");
  expect_says([&] { make({.condition = -1}); },
              "[masked_mlp] expected a condition of 0 or more numbers, got -1");
}

TEST(Permutation, TakesOrdersAlone) {
  EXPECT_EQ(reversed_order(3), (std::vector<std::int64_t>{2, 1, 0}));
  expect_says([] { Permutation({0, 2}); }, "[permutation] expected each of 0 … 1 once, got [0, 2]");
  expect_says([] { Permutation({1, 1}); }, "[permutation] expected each of 0 … 1 once, got [1, 1]");
  Permutation permutation({1, 0});
  const auto x = at::tensor({5.F, 7.F}).unsqueeze(0);
  EXPECT_TRUE(permutation.forward(x, {}).value.equal(at::tensor({7.F, 5.F}).unsqueeze(0)));
  expect_says([&] { permutation.output({3}); }, "[permutation] expected 2 features or channels, got [3]");
  const at::NoGradGuard no_grad;
  permutation.named_buffers()["order"].fill_(1);
  expect_says([&] { permutation.forward(x, {}); },
              "[permutation] the state's order has not each of 0 … 1 once");
}

}  // namespace
}  // namespace pushforward::flows
