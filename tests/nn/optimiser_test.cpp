#include "pushforward/nn/optimiser.h"

#include "tests/nn/gaussian.h"

#include "pushforward/nn/linear.h"

namespace pushforward::nn {
namespace {

const std::vector<OptimiserOptions> any_optimiser{ops::AdamOptions{}, ops::RmsPropOptions{},
                                                  ops::MuonOptions{}};

TEST(Optimiser, IsWhatItsOptionsSay) {
  auto init = generator(1);
  const Linear layer(2, 1, init);
  EXPECT_EQ(names_of(optimiser(layer, ops::AdamOptions{})->state()),
            (std::vector<std::string>{"first_moment.weight", "first_moment.bias", "second_moment.weight",
                                      "second_moment.bias"}));
  EXPECT_EQ(names_of(optimiser(layer, ops::RmsPropOptions{})->state()),
            (std::vector<std::string>{"second_moment.weight", "second_moment.bias"}));
  EXPECT_EQ(learning_rate(ops::RmsPropOptions{.learning_rate = 0.5}), 0.5);
}

TEST(Optimiser, RmsPropDividesByTheRootOfItsAverage) {
  auto init = generator(1);
  Linear layer(5, 3, init);
  const auto rmsprop = optimiser(layer, ops::RmsPropOptions{.alpha = 0.75, .epsilon = 0});
  auto weight = layer.weight.detach().clone();
  auto average = at::zeros_like(weight);
  for (std::int64_t step = 1; step <= 3; ++step) {
    const auto g = normal({3, 5}, static_cast<std::uint64_t>(step));
    rmsprop->set_gradients({g, at::ones({3})});
    rmsprop->update(step, 0.125);
    average = 0.75 * average + 0.25 * g * g;
    weight = weight - 0.125 * g / average.sqrt();
  }
  EXPECT_LT(difference(layer.weight, weight), 1e-6);
  EXPECT_LT(difference(rmsprop->state()[0].second, average), 1e-6);
}

TEST(Optimiser, ClipsWhatTheNextUpdateTakesAndNoOther) {
  for (const auto& options : any_optimiser) {
    auto init = generator(1);
    Linear layer(5, 3, init), other(5, 3, init);
    const at::NoGradGuard no_grad;
    other.weight.copy_(layer.weight);
    other.bias.copy_(layer.bias);
    const auto clipping = optimiser(layer, options), expected = optimiser(other, options);
    const auto weight = normal({3, 5}, 1), bias = normal({3}, 2);
    for (std::int64_t step = 1; step <= 3; ++step) {
      clipping->set_gradients({weight.clone(), bias.clone()});
      double scale = 1;
      if (step == 2) scale = 0.5 / clipping->clip_gradients(0.5);
      expected->set_gradients({weight * scale, bias * scale});
      clipping->update(step, 0.1);
      expected->update(step, 0.1);
      EXPECT_LT(difference(layer.weight, other.weight), 1e-6) << name_of(options) << step;
      EXPECT_LT(difference(layer.bias, other.bias), 1e-6) << name_of(options) << step;
    }
    clipping->set_gradients({weight, bias});
    clipping->clip_gradients(0.5);
    clipping->zero_gradients();
    clipping->set_gradients({weight, bias});
    expected->set_gradients({weight, bias});
    clipping->update(4, 0.1);
    expected->update(4, 0.1);
    EXPECT_LT(difference(layer.weight, other.weight), 1e-6) << "forgotten with the gradients it was of";
  }
}

TEST(Optimiser, TakesGradientsAndTellsTheirNormAndItsOwn) {
  for (const auto& options : any_optimiser) {
    auto init = generator(1);
    Linear layer(5, 3, init);
    const auto one = optimiser(layer, options);
    const auto g = normal({3, 5}, 1);
    one->set_gradients({g, at::Tensor()});
    EXPECT_NEAR(one->gradient_norm(), g.norm().item<double>(), 1e-6);
    const auto weight = layer.weight.detach().clone(), bias = layer.bias.detach().clone();
    const double moved = one->update(1, 0.25);
    EXPECT_NEAR(moved, (layer.weight - weight).norm().item<double>(), 1e-6);
    EXPECT_GT(moved, 0.1);
    EXPECT_TRUE(identical(layer.bias, bias));
    expect_says([&] { one->set_gradients({g}); }, "[optimiser] expected 2 gradients, got 1");
  }
}

/// One convolution's weight, in memory as given.
struct Kernel : Module {
  explicit Kernel(at::MemoryFormat format) {
    weight = register_parameter("weight", normal({4, 3, 2, 2}, 1).contiguous(format));
  }
  at::Tensor weight;
};

TEST(Optimiser, MemoryLayoutChangesNothing) {
  const auto g = normal({4, 3, 2, 2}, 2);
  for (const auto& options : any_optimiser) {
    Kernel plain(at::MemoryFormat::Contiguous);
    const auto expected = optimiser(plain, options);
    expected->set_gradients({g});
    expected->update(1, 0.1);
    for (const auto weights : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast})
      for (const auto gradients : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
        Kernel kernel(weights);
        const auto one = optimiser(kernel, options);
        one->set_gradients({g.contiguous(gradients)});
        one->update(1, 0.1);
        EXPECT_TRUE(identical(kernel.weight, plain.weight));
        EXPECT_EQ(kernel.weight.strides(), one->state()[0].second.strides());
      }
  }
}

}  // namespace
}  // namespace pushforward::nn
