// Layers of every kind that flows make room for, through what a run does with a flow: training, killing and
// resuming, keeping its weights, scoring by several threads.
#include "tests/flows/multiscale.h"
#include "tests/flows/toys.h"
#include "tests/scratch_folder.h"
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "pushforward/checkpoint/restore.h"
#include "pushforward/core/file.h"
#include "pushforward/core/random.h"
#include "pushforward/core/terminal.h"
#include "pushforward/data/loader.h"
#include "pushforward/flows/glow.h"
#include "pushforward/flows/polyphase.h"
#include "pushforward/flows/residual_flow.h"
#include "pushforward/models/saved_weights.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/maximum_likelihood.h"
#include "pushforward/train/fit.h"

namespace pushforward::models {
namespace {

/// uint8 [n, 1, 4, 4], brighter from pixel to pixel.
at::Tensor images(std::int64_t n, std::uint64_t seed) {
  auto engine = stream(seed, "test images");
  auto all = at::empty({n, 1, 4, 4}, at::kByte);
  for (std::int64_t i = 0; i < all.numel(); ++i)
    all.data_ptr<std::uint8_t>()[i] =
        static_cast<std::uint8_t>(uniform_below(engine, 100) + 10 * static_cast<std::uint64_t>(i % 16));
  return all;
}

/// Dense: a start from data, an iterative inverse, a mode with a buffer, an estimated log-determinant.
std::shared_ptr<flows::Flow> dense() {
  auto init = nn::generator(1);
  return std::make_shared<flows::Flow>(
      flows::Event{16}, flows::Flow::Bijectors{},
      flows::Flow::Bijectors{std::make_shared<flows::ActNorm>(16),
                             std::make_shared<flows::Contraction>(16, init),
                             std::make_shared<flows::Counted>(), std::make_shared<flows::ProbedScale>(16)});
}

std::shared_ptr<flows::Flow> of_images() {
  return flows::multiscale();
}

std::shared_ptr<flows::Flow> glow() {
  return flows::glow({.event = {1, 4, 4}, .steps = 1, .hidden = 4});
}

std::shared_ptr<flows::Flow> polyphase() {
  return flows::polyphase({.event = {1, 4, 4}, .hidden = 4, .layers = 1, .base_hidden = 4, .base_layers = 1});
}

/// Vectors of power iteration, an activation norm and roulette, on two scales.
std::shared_ptr<flows::Flow> residual() {
  flows::ResidualFlowOptions options{.event = {1, 4, 4}, .blocks = 2, .scales = 2};
  options.net.hidden = 6;
  options.log_det.method = flows::ResidualLogDet::Method::roulette;
  return flows::residual_flow(options);
}

struct Case {
  const char* name;
  std::shared_ptr<flows::Flow> (*make)();
  bool flatten;
  bool iterates = false;  // to invert its contractions
};

class Killed : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Dies at a step (from 1; 0: never) as a process does that is killed: without saving anything more.
class Mortal : public nn::MaximumLikelihood {
 public:
  Mortal(std::shared_ptr<flows::Flow> flow, std::int64_t death)
      : nn::MaximumLikelihood(std::move(flow), {.seed = 3}), death_(death) {}
  nn::Scalars step(const nn::Batch& batch, const nn::StepInfo& info) override {
    if (info.step + 1 == death_) throw Killed("killed");
    return nn::MaximumLikelihood::step(batch, info);
  }

 private:
  std::int64_t death_;
};

class FlowLayers : public ::testing::TestWithParam<Case>, protected ScratchFolder {
 protected:
  FlowLayers() { terminal().set_quiet(true); }

  /// Trains a new flow in `run` for two epochs of seven steps, or goes on with it.
  std::shared_ptr<flows::Flow> train(const train::RunFolder& run, bool resume, std::int64_t death = 0) const {
    const auto flow = GetParam().make();
    Mortal model(flow, death);
    data::Loader batches(images(100, 1),
                         data::LoaderOptions{.batch = 16, .flatten = GetParam().flatten, .seed = 3});
    data::Loader held_out(images(30, 2),
                          data::LoaderOptions{.batch = 16, .shuffle = false, .flatten = GetParam().flatten});
    if (!resume) run.begin(model, "");
    train::fit(model, batches, &held_out,
               {.epochs = 2, .schedule = {.learning_rate = 1e-3}, .checkpoint_seconds = 0, .resume = resume},
               &run);
    return flow;
  }
  train::RunFolder folder_of(const char* name) const { return train::RunFolder::create(folder / name); }
};

TEST_P(FlowLayers, GoOnBitForBitAfterAKillAtAnyStep) {
  const auto whole = folder_of("whole");
  train(whole, false);
  for (const std::int64_t death : {1, 2, 7, 8, 11}) {
    const auto killed = folder_of(std::to_string(death).c_str());
    EXPECT_THROW(train(killed, false, death), Killed);
    train(killed, true);
    EXPECT_EQ(read_file(killed.last()), read_file(whole.last())) << death;
    EXPECT_EQ(read_file(killed.best()), read_file(whole.best())) << death;
  }
}

TEST_P(FlowLayers, ScoreTheSameByAnyNumberOfThreadsAndAfterReloading) {
  const auto run = folder_of("run");
  const auto trained = train(run, false), reloaded = GetParam().make();
  restore_saved(checkpoint::load(run.last()), nn::named_state(*reloaded), "the run's flow");
  EXPECT_TRUE(reloaded->is_initialised());
  const auto all = images(1500, 4);
  const auto threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto alone = log_prob(*trained, all);
  at::set_num_threads(2);
  EXPECT_EQ(log_prob(*trained, all), alone);
  EXPECT_EQ(outputs_of(reloaded).log_prob(all), alone);
  at::set_num_threads(threads);
  EXPECT_EQ(std::ranges::count_if(alone, [](double value) { return std::isfinite(value); }), 1500);
}

TEST_P(FlowLayers, ComeBackFromTheirLatents) {
  const auto flow = train(folder_of("run"), false);
  const at::NoGradGuard no_grad;
  const auto x = flow->as_event(images(64, 5).to(at::kFloat) / 255);
  const auto back = flow->decode(flow->encode(x).value, {.tolerance = 1e-6});
  EXPECT_LT((back.value - x).abs().max().item<double>(), 1e-5);
  EXPECT_EQ(back.iterations > 0, GetParam().iterates);
}

INSTANTIATE_TEST_SUITE_P(Models, FlowLayers,
                         ::testing::Values(Case{"Dense", dense, true, true}, Case{"Images", of_images, false},
                                           Case{"Glow", glow, false}, Case{"Polyphase", polyphase, false},
                                           Case{"Residual", residual, false, true}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace pushforward::models
