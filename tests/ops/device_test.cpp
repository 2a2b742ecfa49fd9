// No op takes it for granted that tensors are on the CPU: on the device "meta", which has shapes and no
// memory (reading it would crash), each is left to ATen, with its gradients.
#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include "pushforward/ops/affine.h"
#include "pushforward/ops/batch_norm.h"
#include "pushforward/ops/conv.h"
#include "pushforward/ops/elu.h"
#include "pushforward/ops/features.h"
#include "pushforward/ops/leaky_relu.h"
#include "pushforward/ops/linear.h"
#include "pushforward/ops/spline.h"

namespace pushforward::ops {
namespace {

struct Case {
  std::string name;
  std::vector<at::DimVector> inputs;
  Op op;
};

std::vector<Case> cases() {
  const auto partition = Partition::from_mask({true, false, true});
  const auto normalise = [](const Tensors& in, bool training) {
    const auto options = in[1].options().requires_grad(false);
    return Tensors{batch_norm(in[0], in[1], in[2], at::zeros({3}, options), at::ones({3}, options),
                              {.training = training, .negative_slope = 0.2})};
  };
  return {
      {"linear",
       {{4, 3}, {2, 3}, {2}},
       [](const Tensors& in) { return Tensors{linear(in[0], in[1], in[2], Activation::identity)}; }},
      {"affine",
       {{4, 3}, {4, 3}, {4, 3}},
       [](const Tensors& in) {
         const auto [y, log_det] = affine(in[0], in[1], in[2]);
         return Tensors{y, log_det};
       }},
      {"affine_inverse",
       {{4, 3}, {4, 3}, {4, 3}},
       [](const Tensors& in) {
         const auto [x, log_det] = affine_inverse(in[0], in[1], in[2]);
         return Tensors{x, log_det};
       }},
      {"spline",
       {{4, 3}, {4, 69}},
       [](const Tensors& in) {
         const auto [y, log_det] = spline(in[0], in[1]);
         return Tensors{y, log_det};
       }},
      {"divide",
       {{4, 3}},
       [=](const Tensors& in) {
         const auto [kept, changed] = divide(in[0], partition);
         return Tensors{kept, changed};
       }},
      {"join", {{4, 2}, {4, 1}}, [=](const Tensors& in) { return Tensors{join(in[0], in[1], partition)}; }},
      {"leaky_relu", {{4, 3, 2}}, [](const Tensors& in) { return Tensors{leaky_relu(in[0], 0.2)}; }},
      {"elu", {{4, 3, 2}}, [](const Tensors& in) { return Tensors{ops::elu(in[0])}; }},
      {"conv",
       {{2, 3, 8, 8}, {4, 3, 4, 4}},
       [](const Tensors& in) { return Tensors{conv(in[0], in[1], {.stride = 2, .padding = 1})}; }},
      {"conv_transpose",
       {{2, 4, 4, 4}, {4, 3, 4, 4}},
       [](const Tensors& in) { return Tensors{conv_transpose(in[0], in[1], {.stride = 2, .padding = 1})}; }},
      {"batch_norm, training",
       {{2, 3, 4, 4}, {3}, {3}},
       [=](const Tensors& in) { return normalise(in, true); }},
      {"batch_norm", {{2, 3, 4, 4}, {3}, {3}}, [=](const Tensors& in) { return normalise(in, false); }},
  };
}

/// Values and gradients.
Tensors run(const Case& one, at::ScalarType type, at::Device device) {
  Tensors inputs;
  for (const auto& shape : one.inputs)
    inputs.push_back(at::ones(shape, at::TensorOptions(type).device(device)).requires_grad_(true));
  auto results = one.op(inputs);
  at::Tensor sum;
  for (const auto& y : results) sum = sum.defined() ? sum + y.sum() : y.sum();
  for (const auto& gradient : gradients(sum, inputs)) results.push_back(gradient);
  return results;
}

TEST(Device, EveryOpGoesWhereItsTensorsAre) {
  std::vector<std::string> left_out;
  for (const auto& one : cases()) {
    SCOPED_TRACE(one.name);
    const auto here = run(one, at::kFloat, at::kCPU);
    Tensors there;
    try {
      there = run(one, at::kFloat, at::kMeta);
    } catch (const c10::NotImplementedError&) {
      left_out.push_back(one.name);  // ATen was asked, and LibTorch 1.13 lacks it on this device.
      continue;
    }
    ASSERT_EQ(here.size(), there.size());
    for (std::size_t i = 0; i < here.size(); ++i) {
      EXPECT_EQ(there[i].device(), at::Device(at::kMeta)) << i;
      EXPECT_EQ(there[i].sizes(), here[i].sizes()) << i;
    }
  }
  EXPECT_LE(left_out.size(), 7u) << fmt::format("{}", fmt::join(left_out, ", "));
}

TEST(Device, EveryOpTakesFloat64) {
  for (const auto& one : cases()) {
    SCOPED_TRACE(one.name);
    const auto single = run(one, at::kFloat, at::kCPU), exact = run(one, at::kDouble, at::kCPU);
    for (std::size_t i = 0; i < single.size(); ++i) {
      EXPECT_EQ(exact[i].scalar_type(), at::kDouble) << i;
      EXPECT_LT(difference(single[i], exact[i]), 1e-5) << i;
    }
  }
}

TEST(BatchNorm, StatisticsThatLieApartAreMovedWhereTheyLie) {
  const auto x = normal({4, 3, 5, 5}, 1).contiguous(at::MemoryFormat::ChannelsLast);
  const auto gamma = at::ones({3}), beta = at::zeros({3});
  auto mean = at::zeros({3}), var = at::ones({3});
  batch_norm(x, gamma, beta, mean, var, {});
  auto apart = at::full({3, 2}, 7.0F);
  apart.select(1, 0).zero_();
  auto var_apart = at::ones({3});
  batch_norm(x, gamma, beta, apart.select(1, 0), var_apart, {});
  EXPECT_LT(difference(apart.select(1, 0), mean), 1e-6);
  EXPECT_TRUE(identical(apart.select(1, 1), at::full({3}, 7.0F))) << "the numbers between are others'";
}

}  // namespace
}  // namespace pushforward::ops
