#include "pushforward/nn/classifier.h"

#include "tests/ops/tensors.h"

#include "pushforward/core/random.h"
#include "pushforward/nn/cross_entropy.h"

namespace pushforward::nn {
namespace {

constexpr double rate = 0.01;

at::Tensor images(std::int64_t n, std::int64_t channels, std::int64_t side, std::uint64_t seed) {
  return normal({n, channels, side, side}, seed).mul(0.2).add(0.5).clamp(0, 1);
}

/// Bright on the left (class 0) or on the right (class 1).
Batch halves(std::int64_t n, std::uint64_t seed) {
  auto x = images(n, 1, 16, seed) * 0.5;
  const auto labels = at::arange(n) % 2;
  for (std::int64_t i = 0; i < n; ++i) x[i].slice(2, i % 2 == 0 ? 0 : 8, i % 2 == 0 ? 8 : 16).add_(0.4);
  return {x, labels};
}

std::map<std::string, at::Tensor> copies(Trainable& model) {
  std::map<std::string, at::Tensor> all;
  for (const auto& [name, tensor] : model.state()) all[name] = tensor.clone();
  return all;
}

void expect_unchanged(Trainable& model, const std::map<std::string, at::Tensor>& before) {
  for (const auto& [name, tensor] : model.state()) EXPECT_TRUE(identical(tensor, before.at(name))) << name;
}

TEST(Classifier, TakesAnySizeFrom16On) {
  for (const std::int64_t channels : {1, 3})
    for (const std::int64_t side : {16, 17, 28, 45}) {
      const auto net = classifier({.channels = channels, .classes = 7, .width = 4});
      const auto [features, logits] = net->forward(images(3, channels, side, 1));
      EXPECT_EQ(features.sizes(), (std::vector<std::int64_t>{3, 16}));
      EXPECT_EQ(logits.sizes(), (std::vector<std::int64_t>{3, 7}));
      EXPECT_GE(features.min().item<float>(), 0);
    }
  const auto net = classifier({.width = 4});
  expect_says([&] { net->forward(images(3, 1, 15, 1)); }, "[N, 1, H, W] of at least 16 pixels a side");
  expect_says([&] { net->forward(images(3, 3, 28, 1)); }, "got [3, 3, 28, 28]");
  expect_says([&] { classifier({.classes = 0}); }, "at least 1, got 1, 0 and 32");
}

/// The same network of LibTorch's own operations, by the names that PyTorch would have for it.
at::Tensor composed(const Classifier& net, at::Tensor x) {
  std::map<std::string, at::Tensor> w;
  for (const auto& [name, tensor] : named_state(net)) w[name] = tensor;
  for (const auto& [layer, stride] : {std::pair{0, 2}, {3, 1}, {6, 2}, {9, 1}, {12, 2}}) {
    const auto norm = fmt::format("layers.{}.", layer + 1);
    x = at::conv2d(x, w.at(fmt::format("layers.{}.weight", layer)), {}, stride, 1);
    x = at::batch_norm(x, w.at(norm + "weight"), w.at(norm + "bias"), w.at(norm + "running_mean"),
                       w.at(norm + "running_var"), false, 0.1, 1e-5, false);
    x = x.relu();
  }
  return at::linear(at::adaptive_avg_pool2d(x, {1, 1}).flatten(1), w.at("head.weight"), w.at("head.bias"));
}

TEST(Classifier, IsTheNetworkThatItsNamesSay) {
  const auto net = classifier({.channels = 3, .classes = 5, .width = 8}, 3);
  const at::NoGradGuard no_grad;
  for (std::uint64_t i = 0; i < 3; ++i) net->forward(images(16, 3, 20, i));  // running statistics
  net->eval();
  const auto x = images(9, 3, 20, 7);
  EXPECT_LT(difference(net->forward(x).logits, composed(*net, x)), 1e-5);
  EXPECT_EQ(net->forward_flop(20, 20), 2 * (8. * 3 * 16 * 100 + 8. * 8 * 9 * 100 + 16. * 8 * 16 * 25 +
                                            32. * 16 * 9 * 25 + 32. * 32 * 16 * 4 + 5 * 32));
}

TEST(Classifier, GradientsAreThoseOfFloat64) {
  const auto fast = classifier({.classes = 3, .width = 4}, 1),
             exact = classifier({.classes = 3, .width = 4}, 1);
  exact->to(at::kDouble);
  const auto x = images(10, 1, 18, 2);
  const auto labels = at::arange(10) % 3;
  at::cross_entropy_loss(fast->forward(x).logits, labels).backward();
  at::cross_entropy_loss(exact->forward(x.to(at::kDouble)).logits, labels).backward();
  const auto a = fast->named_parameters(), b = exact->named_parameters();
  for (const auto& item : a) {
    const auto expected = b[item.key()].grad();
    EXPECT_GT(expected.abs().max().item<double>(), 0) << item.key();
    EXPECT_LT((item.value().grad() - expected).abs().max().item<double>(),
              1e-4 * expected.abs().max().item<double>())
        << item.key();
  }
}

TEST(CrossEntropy, LearnsATask) {
  CrossEntropy step(classifier({.classes = 2, .width = 4}), {});
  const auto start = step.evaluate(halves(64, 100));
  double last = 0;
  for (std::int64_t i = 0; i < 40; ++i)
    last = step.step(halves(32, static_cast<std::uint64_t>(i)), {.step = i, .learning_rate = rate})[0].second;
  const auto end = step.evaluate(halves(64, 100));
  EXPECT_EQ(end[0].first, "loss");
  EXPECT_EQ(end[1].first, "accuracy");
  EXPECT_LT(last, 0.3);
  EXPECT_LT(end[0].second, start[0].second);
  EXPECT_GE(end[1].second, 0.95);
}

TEST(CrossEntropy, ReportsTheBatchThatItLearntFrom) {
  const auto net = classifier({.classes = 2, .width = 4});
  const auto batch = halves(16, 1);
  const auto logits = classifier({.classes = 2, .width = 4})->forward(batch.values).logits;  // training mode
  CrossEntropy step(net, {});
  const auto scalars = step.step(batch, {.step = 0, .learning_rate = rate});
  EXPECT_EQ(scalars[0].second, at::cross_entropy_loss(logits, batch.labels).item<double>());
  EXPECT_EQ(scalars[1].second, logits.argmax(1).eq(batch.labels).to(at::kDouble).mean().item<double>());
}

TEST(CrossEntropy, FlipsAreAFunctionOfSeedAndStep) {
  const auto trained = [](std::uint64_t seed, bool flip) {
    CrossEntropy step(classifier({.classes = 2, .width = 4}), {.flip = flip, .seed = seed});
    step.step(halves(32, 1), {.step = 5, .learning_rate = rate});
    return step.weights().front().second.clone();
  };
  EXPECT_TRUE(identical(trained(1, true), trained(1, true)));
  EXPECT_FALSE(identical(trained(1, true), trained(2, true)));
  EXPECT_TRUE(identical(trained(1, false), trained(2, false)));
}

TEST(CrossEntropy, RefusesLabelsThatItCannotLearn) {
  CrossEntropy step(classifier({.classes = 2, .width = 4}), {});
  const auto before = copies(step);
  const auto good = halves(4, 1);
  const auto with = [&](const at::Tensor& labels) {
    step.step({good.values, labels}, {.step = 0, .learning_rate = rate});
  };
  expect_says([&] { with({}); }, "expected labelled images");
  expect_says([&] { with(at::tensor({0, 1, 2, 0}, at::kLong)); }, "expected labels from 0 to 1, found 2");
  expect_says([&] { with(at::tensor({0, -1, 1, 0}, at::kLong)); }, "found -1");
  expect_says([&] { with(at::tensor({0, 1}, at::kLong)); }, "expected 4 labels, got 2");
  EXPECT_FALSE(step.sample(1, generator(0)).defined()) << "there is nothing to draw from";
  expect_unchanged(step, before);
}

TEST(CrossEntropy, KeepsAveragesWhenAsked) {
  CrossEntropy step(classifier({.classes = 2, .width = 4}), {.descent = {.clip_norm = 1, .ema_decay = 0.9}});
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto scalars =
        step.step({images(6, 1, 16, 1), at::arange(6) % 2}, {.step = i, .learning_rate = 0.1});
    EXPECT_EQ(scalars.back().first, "gradient_norm");
  }
  const auto averaged = step.weights();
  const auto moved = step.state();
  EXPECT_EQ("model." + averaged[0].first, moved[0].first);
  EXPECT_FALSE(identical(averaged[0].second.detach(), moved[0].second.detach()));
}

TEST(CrossEntropy, ABadBatchChangesNothing) {
  CrossEntropy step(classifier({.classes = 2, .width = 4}), {});
  step.step(halves(8, 1), {.step = 0, .learning_rate = rate});
  const auto before = copies(step);
  auto bad = halves(8, 2);
  bad.values[3][0][2][5] = NAN;
  try {
    step.step(bad, {.step = 1, .learning_rate = rate});
    FAIL() << "no NonFinite";
  } catch (const NonFinite& error) {
    expect_contains(error.what(), {"the cross-entropy is nan"});
  }
  expect_unchanged(step, before);
}

}  // namespace
}  // namespace pushforward::nn
