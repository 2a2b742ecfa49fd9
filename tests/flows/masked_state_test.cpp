#include "pushforward/flows/masked_state.h"

#include "tests/ops/tensors.h"
#include <gtest/gtest.h>

#include <limits>

#include "pushforward/flows/coupling.h"
#include "pushforward/flows/models.h"

namespace pushforward::flows {
namespace {

std::shared_ptr<Flow> small(std::uint64_t seed, const std::string& transformer = "affine") {
  return real_nvp({.dims = 7, .hidden = 5, .couplings = 2, .transformer = transformer, .seed = seed});
}

at::Tensor& find(nn::NamedTensors& state, const std::string& name) {
  for (auto& [key, tensor] : state)
    if (key == name) return tensor;
  throw fail("no tensor {}", name);
}

/// The flow's log density computed from the full matrices as a masked implementation does.
at::Tensor masked_log_prob(nn::NamedTensors state, std::int64_t couplings, at::Tensor x) {
  auto log_det = at::zeros({x.size(0)}, x.options());
  for (std::int64_t i = 0; i < couplings; ++i) {
    const auto get = [&](const std::string& name) {
      return find(state, fmt::format("layers.{}.{}", i, name));
    };
    const auto net = [&](const std::string& name, const at::Tensor& in) {
      const auto hidden = at::relu(in.mm(get(name + ".0.weight").t()) + get(name + ".0.bias"));
      return hidden.mm(get(name + ".2.weight").t()) + get(name + ".2.bias");
    };
    const auto mask = get("mask"), kept = x * mask;
    const auto s = at::tanh(net("scale_net", kept));
    x = kept + (1 - mask) * (x * at::exp(s) + net("translate_net", kept));
    log_det = log_det + ((1 - mask) * s).sum(1);
  }
  return standard_normal_log_prob(x) + log_det;
}

TEST(FullState, HasPyTorchsNamesOrderAndShapes) {
  std::vector<std::string> lines;
  for (const auto& [name, tensor] : full_state(*small(1)))
    lines.push_back(fmt::format("{} {}", name, tensor.sizes()));
  std::vector<std::string> expected;
  for (const std::string layer : {"layers.0", "layers.1"}) {
    expected.push_back(layer + ".mask [7]");
    for (const std::string net : {".scale_net", ".translate_net"})
      for (const std::string part : {".0.weight [5, 7]", ".0.bias [5]", ".2.weight [7, 5]", ".2.bias [7]"})
        expected.push_back(layer + net + part);
  }
  EXPECT_EQ(lines, expected);
}

TEST(FullState, AdditiveHasNoScaleNet) {
  auto flow = small(1, "additive");
  const auto state = full_state(*flow);
  EXPECT_EQ(state.size(), 2u * (1 + 4));
  for (const auto& [name, tensor] : state) EXPECT_EQ(name.find("scale_net"), std::string::npos) << name;
  auto other = small(2, "additive");
  load_full_state(*other, state);
  const auto x = normal({4, 7}, 3);
  EXPECT_TRUE(identical(other->log_prob(x), flow->log_prob(x)));
}

TEST(FullState, DeadEntriesAreZeroAndTheMaskedFunctionIsTheSame) {
  const auto flow = small(1);
  auto state = full_state(*flow);
  // Layer 1 keeps 1, 3, 5.
  EXPECT_TRUE(find(state, "layers.1.mask").equal(at::tensor({0.F, 1.F, 0.F, 1.F, 0.F, 1.F, 0.F})));
  const auto first = find(state, "layers.1.translate_net.0.weight");
  const auto last = find(state, "layers.1.translate_net.2.weight");
  for (std::int64_t feature = 0; feature < 7; ++feature) {
    const bool kept = feature % 2 == 1;
    EXPECT_EQ(first.select(1, feature).abs().max().item<float>() == 0, !kept) << feature;
    EXPECT_EQ(last.select(0, feature).abs().max().item<float>() == 0, kept) << feature;
  }
  const auto x = normal({6, 7}, 4);
  EXPECT_LT(difference(flow->log_prob(x), masked_log_prob(state, 2, x)), 1e-6);
}

TEST(FullState, IsACopy) {
  const auto flow = small(1);
  const auto x = normal({3, 7}, 4);
  const auto before = flow->log_prob(x);
  for (auto& [name, tensor] : full_state(*flow)) tensor.fill_(9);
  EXPECT_TRUE(identical(flow->log_prob(x), before));
}

TEST(LoadFullState, InvertsFullStateToTheLastBit) {
  const auto from = small(1);
  auto into = small(2);
  load_full_state(*into, full_state(*from));
  const auto a = nn::named_state(*from), b = nn::named_state(*into);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(identical(a[i].second, b[i].second)) << a[i].first;
}

TEST(LoadFullState, IgnoresTheDeadHalfAndConvertsTypes) {
  const auto from = small(1);
  auto state = full_state(*from);
  for (auto& [name, tensor] : state) {
    if (name.ends_with("mask")) {
      tensor = tensor.to(at::kBool);
      continue;
    }
    // Dead entries as PyTorch leaves them: at their initial values.
    tensor = at::where(tensor == 0, at::full_like(tensor, 0.3), tensor).to(at::kDouble);
  }
  auto into = small(2);
  load_full_state(*into, state);
  const auto x = normal({5, 7}, 4);
  EXPECT_TRUE(identical(into->log_prob(x), from->log_prob(x)));
}

TEST(LoadFullState, KeepsPreprocessingApart) {
  const RealNvpOptions options{
      .dims = 7, .hidden = 5, .couplings = 2, .dequantize = true, .logit_alpha = 0.05, .seed = 1};
  const auto from = real_nvp(options);
  auto other = options;
  other.seed = 2;
  auto into = real_nvp(other);
  const auto state = full_state(*from);
  EXPECT_EQ(state.front().first, "layers.0.mask");
  load_full_state(*into, state);
  const auto x = at::sigmoid(normal({5, 7}, 4));
  EXPECT_TRUE(identical(into->log_prob(x), from->log_prob(x)));
}

TEST(FullState, HasAConditionBehindTheFeaturesAndConvolutionsUnderTheirOwnNames) {
  const auto make = [](std::uint64_t seed, const std::string& conditioner, const Event& event) {
    auto init = nn::generator(seed);
    auto coupling = std::make_shared<Coupling>(CouplingOptions{.mask = {true, false, true},
                                                               .hidden = 5,
                                                               .transformer = "additive",
                                                               .conditioner = conditioner,
                                                               .condition = 2},
                                               init);
    const at::NoGradGuard no_grad;
    for (auto& parameter : coupling->parameters()) parameter.copy_(normal(parameter.sizes(), seed++));
    return std::make_shared<Flow>(event, Flow::Bijectors{}, Flow::Bijectors{coupling});
  };
  const auto lines = [](const nn::NamedTensors& state) {
    std::vector<std::string> all;
    for (const auto& [name, tensor] : state) all.push_back(fmt::format("{} {}", name, tensor.sizes()));
    return all;
  };
  const std::vector<std::string> dense{
      "layers.0.mask [3]", "layers.0.translate_net.0.weight [5, 5]", "layers.0.translate_net.0.bias [5]",
      "layers.0.translate_net.2.weight [3, 5]", "layers.0.translate_net.2.bias [3]"};
  EXPECT_EQ(lines(full_state(*make(1, "mlp", {3}))), dense);
  const std::vector<std::string> image{"layers.0.net.0.weight [5, 4, 3, 3]", "layers.0.net.0.bias [5]",
                                       "layers.0.net.2.weight [5, 5, 1, 1]", "layers.0.net.2.bias [5]",
                                       "layers.0.net.4.weight [1, 5, 3, 3]", "layers.0.net.4.bias [1]"};
  EXPECT_EQ(lines(full_state(*make(1, "conv", {3, 4, 2}))), image);
  for (const auto& [conditioner, event] : {std::pair<std::string, Event>("mlp", {3}), {"conv", {3, 4, 2}}}) {
    const auto from = make(1, conditioner, event), into = make(20, conditioner, event);
    load_full_state(*into, full_state(*from));
    auto shape = event;
    shape.insert(shape.begin(), 4);
    const auto x = normal(shape, 3), condition = normal({4, 2}, 4);
    EXPECT_TRUE(
        identical(into->log_prob(x, {.condition = condition}), from->log_prob(x, {.condition = condition})));
  }
}

TEST(LoadFullState, RefusesWhatIsNotThisFlowsAndLeavesItAsItWas) {
  auto flow = small(2);
  const auto x = normal({3, 7}, 4);
  const auto before = flow->log_prob(x);
  const auto refuses = [&](const std::function<void(nn::NamedTensors&)>& damage, const std::string& part) {
    auto state = full_state(*small(1));
    damage(state);
    expect_says([&] { load_full_state(*flow, state); }, part);
    EXPECT_TRUE(identical(flow->log_prob(x), before)) << part;
  };
  refuses([](auto& state) { state.pop_back(); }, "layers.1.translate_net.2.bias is missing");
  refuses([](auto& state) { state.clear(); }, "layers.0.mask is missing");
  refuses(
      [](auto& state) {
        state.emplace_back("layers.0.scale_net.0.wieght", at::ones({5, 7}));
      },
      "layers.0.scale_net.0.wieght is not one of this flow, did you mean layers.0.scale_net.0.weight?");
  refuses([](auto& state) { state.emplace_back("layers.2.mask", at::ones({7})); },
          "layers.2.mask is not one of this flow, did you mean layers.");
  refuses([](auto& state) { state.push_back(state[3]); }, "given twice");
  refuses(
      [](auto& state) {
        find(state, "layers.1.scale_net.0.weight") = at::ones({5, 4});
      },
      "expected layers.1.scale_net.0.weight of shape [5, 7], got [5, 4]");
  refuses([](auto& state) { find(state, "layers.0.mask").neg_().add_(1); },
          "layers.0.mask is not this flow's mask, first at [0]");
  refuses([](auto& state) { find(state, "layers.1.mask")[4] = std::nan(""); },
          "layers.1.mask is not this flow's mask, first at [4]");
  refuses([](auto& state) { find(state, "layers.1.translate_net.2.weight")[6][1] = std::nan(""); },
          "layers.1.translate_net.2.weight is not finite at [6, 1]");
  refuses(
      [](auto& state) {
        auto& bias = find(state, "layers.0.scale_net.2.bias");
        bias = bias.to(at::kDouble);
        bias[1] = 1e300;  // finite there, not in float32
      },
      "layers.0.scale_net.2.bias is not finite at [1]");
  refuses([](auto& state) { find(state, "layers.0.scale_net.0.bias") = at::ones({5}, at::kInt); },
          "expected layers.0.scale_net.0.bias of floating point, got Int");
}

}  // namespace
}  // namespace pushforward::flows
