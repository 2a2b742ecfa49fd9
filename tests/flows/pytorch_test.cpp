// RealNVP against PyTorch's, at full size: goldens by tests/goldens/generate.py.
#include "tests/flows/formula_weights.h"
#include "tests/ops/tensors.h"
#include <gtest/gtest.h>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/data/load.h"
#include "pushforward/flows/models.h"
#include "pushforward/ops/adam.h"
#include "pushforward/ops/precision.h"

namespace pushforward::flows {
namespace {

checkpoint::File golden(const std::string& name) {
  return checkpoint::load(std::string(PUSHFORWARD_TESTS_DIR "/goldens/realnvp/") + name + ".safetensors");
}

/// The first [count, 784] of a split, in [0, 1], wherever the search path has it (data/registry.h).
at::Tensor fashion_mnist(const std::string& split, std::int64_t count) {
  auto pixels = data::load_images("fashion-mnist:" + split).pixels;
  return at::from_blob(pixels.data(), {count, 784}, at::kByte).to(at::kFloat) / 255;
}

class Walk {
 public:
  /// In float32 by the fast kernels, in float64 by the composed references.
  explicit Walk(double learning_rate, at::ScalarType dtype = at::kFloat)
      : options_{.learning_rate = learning_rate}, flow_(real_nvp({})), dtype_(dtype) {
    load_formula_weights(*flow_, 1.0F);
    flow_->to(dtype);
    for (const auto& parameter : flow_->parameters()) {
      parameters_.push_back(parameter);
      first_.push_back(at::zeros_like(parameter));
      second_.push_back(at::zeros_like(parameter));
    }
  }

  /// The loss before the step; its gradients stay until the next.
  double step(const at::Tensor& batch) {
    flow_->zero_grad();
    const auto loss = -flow_->log_prob(batch.to(dtype_)).mean();
    loss.backward();
    std::vector<at::Tensor> gradients;
    for (const auto& parameter : parameters_) gradients.push_back(parameter.grad());
    ops::adam_step(parameters_, gradients, first_, second_, ++steps_, options_);
    return loss.item<double>();
  }

  /// The gradients in the full masked shapes.
  nn::NamedTensors full_gradients() {
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> kept;
    for (auto& parameter : parameters_) {
      kept.push_back(parameter.clone());
      parameter.copy_(parameter.grad());
    }
    auto gradients = full_state(*flow_);
    for (std::size_t i = 0; i < kept.size(); ++i) parameters_[i].copy_(kept[i]);
    return gradients;
  }

 private:
  ops::AdamOptions options_;
  std::shared_ptr<Flow> flow_;
  at::ScalarType dtype_;
  std::vector<at::Tensor> parameters_, first_, second_;
  std::int64_t steps_ = 0;
};

TEST(PyTorch, TwentyStepsHaveItsLossesAndGradients) {
  const auto file = golden("trajectory");
  const auto expected = *file.find("losses");
  const auto batches = fashion_mnist("train", 20 * 128).split(128);
  Walk walk(1e-5);
  int compared = 0;
  for (std::int64_t step = 1; step <= 20; ++step) {
    const double loss = walk.step(batches[static_cast<std::size_t>(step - 1)]);
    const double golden_loss = expected[step - 1].item<double>();
    EXPECT_NEAR(loss / golden_loss, 1.0, 1e-4) << "step " << step;
    const auto prefix = fmt::format("gradient/{}/", step);
    if (file.find(prefix + "layers.0.scale_net.0.weight") == nullptr) continue;
    for (const auto& [name, gradient] : walk.full_gradients()) {
      const auto* sample = file.find(prefix + name);
      if (sample == nullptr) continue;
      const auto found = gradient.flatten().index_select(0, *file.find("index/" + name));
      EXPECT_LT((found - *sample).abs().max().item<double>() / sample->abs().max().item<double>(), 1e-3)
          << "step " << step << " " << name;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 3 * 24);
}

TEST(PyTorch, TheStudysFirstStepsHaveItsLosses) {
  const auto expected = *golden("trajectory").find("losses.study");
  const auto batches = fashion_mnist("train", 5 * 128).split(128);
  Walk walk(1e-3);
  for (std::int64_t step = 0; step < 5; ++step)
    EXPECT_NEAR(walk.step(batches[static_cast<std::size_t>(step)]) / expected[step].item<double>(), 1.0,
                step < 2 ? 1e-4 : 2e-3)
        << "step " << step + 1;
}

TEST(PyTorch, TwentyStepsAtTheStudysRateHaveItsLossesInDouble) {
  const auto expected = *golden("trajectory").find("losses.study/float64");
  const auto batches = fashion_mnist("train", 20 * 128).split(128);
  Walk walk(1e-3, at::kDouble);
  for (std::int64_t step = 0; step < 20; ++step)
    EXPECT_NEAR(walk.step(batches[static_cast<std::size_t>(step)]) / expected[step].item<double>(), 1.0, 1e-6)
        << "step " << step + 1;
}

// Products of rounded operands beside autocast's, which rounds activations too: as far as the format allows
// at first, and then no further from float32 than autocast is.
TEST(PyTorch, FiftyStepsInBfloat16StayAsCloseToFloat32AsAutocasts) {
  const auto file = golden("autocast");
  const auto single = *file.find("losses/float32"), rounded = *file.find("losses/autocast");
  const auto batches = fashion_mnist("train", 50 * 128).split(128);
  Walk walk(1e-5);
  const ops::UsePrecision use(ops::Precision::bfloat16);
  double ours = 0, theirs = 0;
  for (std::int64_t step = 0; step < 50; ++step) {
    const double expected = single[step].item<double>();
    const double away = walk.step(batches[static_cast<std::size_t>(step)]) / expected - 1;
    const double autocast_away = rounded[step].item<double>() / expected - 1;
    if (step < 5) {
      EXPECT_LT(std::abs(away), 0x1p-9) << "half a unit in the last place, step " << step + 1;
    }
    ours = std::max(ours, std::abs(away));
    theirs = std::max(theirs, std::abs(autocast_away));
  }
  EXPECT_GT(ours, 0) << "nothing was rounded";
  EXPECT_LE(ours, theirs);
  RecordProperty("furthest_from_float32", fmt::format("{:.2e}, autocast {:.2e}", ours, theirs));
}

class Scores : public ::testing::TestWithParam<at::ScalarType> {};

TEST_P(Scores, LikelihoodsAndSamplesAreItsOwn) {
  const at::NoGradGuard no_grad;
  const auto file = golden("scores");
  const auto flow = real_nvp({});
  load_formula_weights(*flow, 1.5F);
  flow->to(GetParam());
  const bool single = GetParam() == at::kFloat;

  const auto log_prob = flow->log_prob(fashion_mnist("test", 64).to(GetParam())).to(at::kDouble);
  const auto error = (log_prob - *file.find("log_prob")).abs().max().item<double>();
  EXPECT_LT(error, single ? 1e-2 : 1e-9) << "nats";

  const auto x = flow->decode(file.find("z")->to(GetParam())).value;
  EXPECT_LT((x - *file.find("x")).abs().max().item<double>(), single ? 1e-3 : 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Types, Scores, ::testing::Values(at::kFloat, at::kDouble),
                         [](const auto& type) { return std::string(c10::toString(type.param)); });

}  // namespace
}  // namespace pushforward::flows
