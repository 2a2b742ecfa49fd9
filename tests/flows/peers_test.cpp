// Spline couplings and masked autoregressive layers against nflows and zuko: goldens by
// tests/goldens/generate.py.
#include "tests/ops/tensors.h"
#include <gtest/gtest.h>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/flows/actnorm.h"
#include "pushforward/flows/coupling.h"
#include "pushforward/flows/masked_autoregressive.h"
#include "pushforward/flows/masked_state.h"
#include "pushforward/flows/permutation.h"

namespace pushforward::flows {
namespace {

/// The goldens' sizes.
struct Sizes {
  static constexpr std::int64_t dims = 6, condition = 2, hidden = 30, depth = 2;
};

std::shared_ptr<Flow> spline_couplings() {
  auto init = nn::generator(1);
  Flow::Bijectors layers;
  for (std::int64_t i = 0; i < 4; ++i) {
    layers.push_back(std::make_shared<ActNorm>(Sizes::dims));
    layers.push_back(std::make_shared<Coupling>(CouplingOptions{.mask = alternating_mask(Sizes::dims, i),
                                                                .hidden = Sizes::hidden,
                                                                .depth = Sizes::depth,
                                                                .transformer = "spline",
                                                                .condition = Sizes::condition},
                                                init));
  }
  return std::make_shared<Flow>(Event{Sizes::dims}, Flow::Bijectors{}, layers);
}

std::shared_ptr<Flow> autoregressive_layers() {
  auto init = nn::generator(1);
  Flow::Bijectors layers;
  for (std::int64_t i = 0; i < 3; ++i) {
    if (i > 0) layers.push_back(std::make_shared<Permutation>(reversed_order(Sizes::dims)));
    layers.push_back(std::make_shared<ActNorm>(Sizes::dims));
    layers.push_back(
        std::make_shared<MaskedAutoregressive>(MaskedAutoregressiveOptions{.dims = Sizes::dims,
                                                                           .hidden = Sizes::hidden,
                                                                           .depth = Sizes::depth,
                                                                           .condition = Sizes::condition},
                                               init));
  }
  return std::make_shared<Flow>(Event{Sizes::dims}, Flow::Bijectors{}, layers);
}

struct Peer {
  const char* name;
  std::shared_ptr<Flow> (*make)();
};

class Peers : public ::testing::TestWithParam<Peer> {};

TEST_P(Peers, AgreeOnLatentsAndLikelihoods) {
  const at::NoGradGuard no_grad;
  const auto file = checkpoint::load(std::string(PUSHFORWARD_TESTS_DIR "/goldens/dense_flows/") +
                                     GetParam().name + ".safetensors");
  nn::NamedTensors weights;
  for (const auto& [name, tensor] : file.tensors)
    if (name.starts_with("flow/")) weights.emplace_back(name.substr(5), tensor);
  const auto flow = GetParam().make();
  load_full_state(*flow, weights);
  for (const auto type : {at::kFloat, at::kDouble}) {
    flow->to(type);
    const nn::Context context{.condition = file.find("condition")->to(type)};
    const auto x = file.find("x")->to(type), z = file.find("z")->to(type);
    const double tolerance = type == at::kFloat ? 1e-4 : 1e-6;  // weights are kept in float32
    EXPECT_LT((flow->encode(x, context).value - z).abs().max().item<double>(), tolerance) << type;
    EXPECT_LT((flow->log_prob(x, context) - *file.find("log_prob")).abs().max().item<double>(), tolerance)
        << type;
    EXPECT_LT((flow->decode(z, context).value - x).abs().max().item<double>(), 10 * tolerance) << type;
  }
}

INSTANTIATE_TEST_SUITE_P(Flows, Peers,
                         ::testing::Values(Peer{"spline", spline_couplings},
                                           Peer{"maf", autoregressive_layers}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace pushforward::flows
