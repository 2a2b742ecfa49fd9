// Glow against normflows': goldens by tests/goldens/generate.py.
#include "tests/goldens/formula.h"
#include "tests/ops/tensors.h"
#include <gtest/gtest.h>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/flows/glow.h"
#include "pushforward/flows/masked_state.h"

namespace pushforward::flows {
namespace {

/// As tests/goldens/normflows_glow.py.
at::Tensor weight(const std::string& name, at::IntArrayRef shape) {
  if (name.ends_with(".initialised")) return at::ones(shape);
  if (name.ends_with(".permutation")) return at::eye(shape[0]).roll(1, 0);
  return name.ends_with(".sign") ? formula(name, shape).sign() : formula(name, shape) * 0.3F;
}

class NormflowsGlow : public ::testing::TestWithParam<at::ScalarType> {};

TEST_P(NormflowsGlow, LikelihoodsAreItsOwn) {
  const auto flow = glow({.event = {1, 8, 8},
                          .scales = 2,
                          .steps = 2,
                          .hidden = 6,
                          .learned_prior = false,
                          .dequantize = false});
  auto state = full_state(*flow);
  for (auto& [name, tensor] : state) tensor = weight(name, tensor.sizes());
  load_full_state(*flow, state);
  flow->to(GetParam());
  const auto golden = checkpoint::load(PUSHFORWARD_TESTS_DIR "/goldens/glow/scores.safetensors");
  const at::NoGradGuard no_grad;
  const auto log_prob = flow->log_prob(formula("x", {16, 1, 8, 8}).to(GetParam())).to(at::kDouble);
  const auto error = (log_prob - *golden.find("log_prob")).abs().max().item<double>();
  EXPECT_LT(error, GetParam() == at::kFloat ? 1e-4 : 1e-10) << "nats";
}

INSTANTIATE_TEST_SUITE_P(Types, NormflowsGlow, ::testing::Values(at::kFloat, at::kDouble),
                         [](const auto& type) { return std::string(c10::toString(type.param)); });

}  // namespace
}  // namespace pushforward::flows
