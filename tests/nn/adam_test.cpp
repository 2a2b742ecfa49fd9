#include "pushforward/nn/adam.h"

#include "tests/nn/gaussian.h"

#include "pushforward/nn/linear.h"

namespace pushforward::nn {
namespace {

class AdamTest : public ::testing::Test {
 protected:
  void set_gradients(const at::Tensor& weight, const at::Tensor& bias) {
    layer.weight.mutable_grad() = weight;
    layer.bias.mutable_grad() = bias;
  }

  at::Generator init = generator(1);
  Linear layer{5, 3, init};
  Adam adam{layer, {}};
};

TEST_F(AdamTest, NamesItsState) {
  EXPECT_EQ(names_of(adam.state()), (std::vector<std::string>{"first_moment.weight", "first_moment.bias",
                                                              "second_moment.weight", "second_moment.bias"}));
}

TEST_F(AdamTest, FirstUpdateMovesByTheLearningRate) {
  const auto weight = layer.weight.detach().clone(), bias = layer.bias.detach().clone();
  const auto gradient = normal({3, 5}, 1), zero = at::zeros({3});
  set_gradients(gradient, zero);
  adam.update(1, 0.125);
  EXPECT_LT(difference(layer.weight, weight - 0.125 * gradient.sign()), 1e-5);
  EXPECT_TRUE(identical(layer.bias, bias));
  EXPECT_LT(difference(adam.state()[0].second, 0.1 * gradient), 1e-6);
}

TEST_F(AdamTest, ParametersWithoutGradientStay) {
  const auto before = layer.weight.detach().clone();
  layer.bias.mutable_grad() = at::ones({3});
  EXPECT_NEAR(adam.clip_gradients(100), std::sqrt(3.0), 1e-6);
  EXPECT_EQ(adam.first_non_finite_gradient(true), "");
  adam.update(1, 0.1);
  EXPECT_TRUE(identical(layer.weight, before));
}

TEST_F(AdamTest, ClipsToTheNormOfAllGradientsTogether) {
  const auto weight = normal({3, 5}, 1), bias = normal({3}, 2);
  const double norm = at::cat({weight.flatten(), bias}).to(at::kDouble).norm().item<double>();
  set_gradients(weight.clone(), bias.clone());
  EXPECT_NEAR(adam.clip_gradients(0.5), norm, 1e-6 * norm);
  adam.update(1, 0.1);
  EXPECT_LT(difference(adam.state()[0].second, 0.1 * weight * (0.5 / norm)), 1e-6);
  EXPECT_LT(difference(adam.state()[1].second, 0.1 * bias * (0.5 / norm)), 1e-6);
}

TEST_F(AdamTest, LeavesSmallGradientsAsTheyAre) {
  const auto weight = normal({3, 5}, 1), bias = normal({3}, 2);
  set_gradients(weight.clone(), bias.clone());
  adam.clip_gradients(1000);
  adam.update(1, 0.1);
  EXPECT_LT(difference(adam.state()[0].second, 0.1 * weight), 1e-6);
  EXPECT_LT(difference(adam.state()[1].second, 0.1 * bias), 1e-6);
}

TEST_F(AdamTest, FindsAGradientThatIsNotFinite) {
  for (const bool vectors_only : {false, true}) {
    set_gradients(at::zeros({3, 5}), at::zeros({3}));
    EXPECT_EQ(adam.first_non_finite_gradient(vectors_only), "");
    for (const double bad : {std::nan(""), static_cast<double>(INFINITY)}) {
      layer.bias.mutable_grad()[1] = bad;
      EXPECT_EQ(adam.first_non_finite_gradient(vectors_only), "bias");
    }
    layer.weight.mutable_grad()[2][3] = std::nan("");
    EXPECT_EQ(adam.first_non_finite_gradient(vectors_only), vectors_only ? "bias" : "weight");
    adam.zero_gradients();
    EXPECT_EQ(adam.first_non_finite_gradient(vectors_only), "");
  }
}

}  // namespace
}  // namespace pushforward::nn
