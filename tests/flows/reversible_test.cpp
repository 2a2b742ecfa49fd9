#include "pushforward/flows/reversible.h"

#include "tests/expect.h"
#include "tests/flows/multiscale.h"
#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include <set>

#include "pushforward/flows/autoregressive_image.h"
#include "pushforward/flows/glow.h"
#include "pushforward/flows/models.h"

namespace pushforward::flows {
namespace {

/// Parameters away from their initial ones, in float64.
std::shared_ptr<Flow> in_float64(std::shared_ptr<Flow> flow) {
  const at::NoGradGuard no_grad;
  flow->to(at::kDouble);
  std::uint64_t seed = 1;
  for (auto& parameter : flow->parameters())
    parameter.add_(normal(parameter.sizes(), seed++, at::kDouble) * 0.1);
  return flow;
}

at::Tensor batch_of(const Flow& flow, std::int64_t n) {
  return flow.as_event(at::sigmoid(normal({n, flow.dims()}, 7, at::kDouble)));
}

/// log p of a batch, and its gradients, with unequal weights per image, of x and of all parameters.
Tensors likelihoods(Flow& flow, const at::Tensor& given, const at::Tensor& condition = {}) {
  const auto x = leaf(given);
  const auto log_prob = flow.log_prob(x, {.condition = condition});
  Tensors inputs = flow.parameters();
  inputs.insert(inputs.begin(), x);
  const auto weights = at::arange(1, given.size(0) + 1, given.options());
  auto all = torch::autograd::grad({log_prob}, inputs, {weights}, false, false, true);
  all.insert(all.begin(), log_prob);
  return all;
}

void expect_same_gradients(Flow& flow, const at::Tensor& condition = {}) {
  const auto x = batch_of(flow, 3);
  flow.set_reversible(false);
  const auto expected = likelihoods(flow, x, condition);
  flow.set_reversible(true);
  const auto found = likelihoods(flow, x, condition);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].defined(), expected[i].defined()) << i;
    if (found[i].defined()) {
      EXPECT_LT(difference(found[i], expected[i]), 1e-10) << i;
    }
  }
}

TEST(Reversible, GradientsAreThoseOfRememberedLayers) {
  auto flow = multiscale();
  flow->initialise(batch_of(*flow, 8).to(at::kFloat), {});
  expect_same_gradients(*in_float64(flow));
  const auto conditional = multiscale(2);
  const auto condition = normal({3, 2}, 5, at::kDouble);
  conditional->initialise(batch_of(*conditional, 3).to(at::kFloat), {.condition = condition.to(at::kFloat)});
  expect_same_gradients(*in_float64(conditional), condition);
}

TEST(Reversible, LeavesPreprocessingAsItIs) {
  auto flow = glow({.event = {1, 8, 8}, .steps = 2, .hidden = 8});
  flow->initialise(batch_of(*flow, 8).to(at::kFloat), {});
  expect_same_gradients(*in_float64(flow));
  expect_same_gradients(
      *in_float64(real_nvp({.dims = 6, .hidden = 8, .dequantize = true, .logit_alpha = 0.05})));
}

/// Operations that wait for a gradient, parameters' own left out.
std::size_t remembered_by(const at::Tensor& of) {
  std::set<torch::autograd::Node*> seen;
  std::vector<torch::autograd::Node*> open = {of.grad_fn().get()};
  while (!open.empty()) {
    auto* node = open.back();
    open.pop_back();
    if (node == nullptr || node->name() == "torch::autograd::AccumulateGrad" || !seen.insert(node).second)
      continue;
    for (const auto& edge : node->next_edges()) open.push_back(edge.function.get());
  }
  return seen.size();
}

TEST(Reversible, DepthAddsNothingToRemember) {
  const auto nodes = [](std::int64_t couplings, bool reversible) {
    auto flow = real_nvp({.dims = 6, .hidden = 8, .couplings = couplings});
    flow->set_reversible(reversible);
    return remembered_by(flow->log_prob(normal({4, 6}, 1)));
  };
  EXPECT_EQ(nodes(2, true), nodes(12, true));
  EXPECT_LT(nodes(2, false), nodes(12, false));
}

TEST(Reversible, RefusesWhatItCannotDo) {
  auto flow = real_nvp({.dims = 6, .hidden = 8, .couplings = 2});
  flow->set_reversible(true);
  const auto x = leaf(normal({4, 6}, 1));
  const auto log_prob = flow->log_prob(x).sum();
  expect_says([&] { torch::autograd::grad({log_prob}, {x}, {}, true, true); },
              "[reversible] second derivatives are not made");
  auto init = nn::generator(1);
  const auto layer = std::make_shared<AutoregressiveImage>(
      AutoregressiveImageOptions{.event = {1, 4, 4}, .hidden = 4, .layers = 1}, init);
  Flow sequential({1, 4, 4}, {}, {layer});
  expect_usage([&] { sequential.set_reversible(true); },
               "reversible backpropagation needs an analytic inverse");
}

}  // namespace
}  // namespace pushforward::flows
