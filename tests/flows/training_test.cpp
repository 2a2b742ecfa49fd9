// Maximum likelihood of flows whose layers need more than parameters: a start from data, modes and buffers,
// estimates, images of several scales.
#include "tests/flows/multiscale.h"
#include "tests/flows/toys.h"
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "pushforward/core/random.h"
#include "pushforward/flows/actnorm.h"
#include "pushforward/flows/residual_flow.h"
#include "pushforward/nn/maximum_likelihood.h"
#include "pushforward/nn/snapshot.h"

namespace pushforward::flows {
namespace {

/// One of each kind of layer that is more than a coupling.
std::shared_ptr<Flow> everything() {
  auto init = nn::generator(1);
  return std::make_shared<Flow>(
      Event{4}, Flow::Bijectors{},
      Flow::Bijectors{std::make_shared<ActNorm>(4), std::make_shared<Contraction>(4, init),
                      std::make_shared<Counted>(), std::make_shared<ProbedScale>(4),
                      std::make_shared<ActNorm>(4)});
}

at::Tensor batch(std::uint64_t seed) {
  return normal({64, 4}, seed) * at::tensor({0.1F, 1.0F, 5.0F, 1.0F}) + 3;
}

std::vector<at::Tensor> copy_of(const nn::NamedTensors& state) {
  std::vector<at::Tensor> copies;
  for (const auto& [name, tensor] : state) copies.push_back(tensor.detach().clone());
  return copies;
}

void expect_same(const nn::NamedTensors& state, const std::vector<at::Tensor>& before) {
  for (std::size_t i = 0; i < state.size(); ++i)
    EXPECT_TRUE(identical(state[i].second, before[i])) << state[i].first;
}

TEST(FlowTraining, StartsFromItsFirstBatchAndNeverAgain) {
  const auto flow = everything();
  nn::MaximumLikelihood training(flow, {});
  EXPECT_FALSE(flow->is_initialised());
  training.step(batch(1), {.step = 0, .learning_rate = 0});
  EXPECT_TRUE(flow->is_initialised());
  const auto z = flow->encode(batch(1)).value.detach();
  EXPECT_LT(z.mean(0).abs().max().item<double>(), 1e-4);
  EXPECT_LT((z.std(0, false) - 1).abs().max().item<double>(), 1e-4);

  const auto before = copy_of(flow->named_parameters().pairs());
  training.step(batch(2) * 100, {.step = 1, .learning_rate = 0});
  expect_same(flow->named_parameters().pairs(), before);
  nn::MaximumLikelihood again(flow, {});  // weights that were imported, at step 0
  again.step(batch(2) * 100, {.step = 0, .learning_rate = 0});
  expect_same(flow->named_parameters().pairs(), before);
}

class UseThreads {
 public:
  explicit UseThreads(int threads) : before_(at::get_num_threads()) { at::set_num_threads(threads); }
  ~UseThreads() { at::set_num_threads(before_); }

 private:
  int before_;
};

/// The state and the scalars after two steps on uneven batches with so many threads.
std::pair<std::vector<at::Tensor>, nn::Scalars> trained_by(int threads, std::int64_t condition) {
  const UseThreads use(threads);
  const auto flow = multiscale(condition);
  flow->to(at::kDouble);
  nn::MaximumLikelihood training(flow, {.descent = {.clip_norm = 1}});
  nn::Scalars scalars;
  for (std::int64_t step = 0; step < 2; ++step) {
    const auto x = normal({19, 1, 4, 4}, 5 + static_cast<std::uint64_t>(step), at::kDouble);
    const auto labels = condition > 0 ? at::arange(19).remainder(condition) : at::Tensor();
    nn::append(scalars, training.step({x, labels}, {.step = step, .learning_rate = 0.01}));
    nn::append(scalars, training.evaluate({x, labels}));
  }
  return {copy_of(training.state()), scalars};
}

TEST(FlowTraining, SlicesOfABatchOfImagesAreTheBatch) {
  EXPECT_TRUE(multiscale()->may_be_sliced());
  EXPECT_FALSE(residual_flow({.event = {1, 4, 4}})->may_be_sliced()) << "power iterations";
  for (const std::int64_t condition : {0, 3}) {
    const auto whole = trained_by(1, condition), sliced = trained_by(2, condition),
               again = trained_by(2, condition);
    ASSERT_EQ(sliced.first.size(), whole.first.size());
    for (std::size_t i = 0; i < whole.first.size(); ++i) {
      // Rounding differs, and Adam divides it by small gradients.
      EXPECT_LT(difference(sliced.first[i], whole.first[i]), 1e-7);
      EXPECT_TRUE(identical(sliced.first[i], again.first[i])) << "with as many threads, the same bytes";
    }
    ASSERT_EQ(sliced.second.size(), whole.second.size());
    for (std::size_t i = 0; i < whole.second.size(); ++i)
      EXPECT_NEAR(sliced.second[i].second, whole.second[i].second, 1e-6) << whole.second[i].first;
  }
}

TEST(FlowTraining, NamesAnEstimateApartFromALikelihood) {
  const auto flow = everything();
  nn::MaximumLikelihood training(flow, {});
  EXPECT_EQ(training.step(batch(1), {.step = 0, .learning_rate = 1e-3})[0].first, "log_likelihood_estimate");
  const auto held_out = training.evaluate(batch(2));
  EXPECT_EQ(held_out[0].first, "log_likelihood");
  const at::NoGradGuard no_grad;
  const nn::Context draws{.generator = nn::generator(stream_key(0, "evaluation"))};
  EXPECT_EQ(held_out[0].second, flow->log_prob(batch(2), draws).to(at::kDouble).mean().item<double>());
  EXPECT_EQ(training.evaluate(batch(2))[0].second, held_out[0].second) << "by the same draws every time";
}

TEST(FlowTraining, TrainsInTrainingModeAndIsOtherwiseInEvaluation) {
  const auto flow = everything();
  const auto seen = flow->named_buffers()["layers.2.seen"];
  nn::MaximumLikelihood training(flow, {});
  for (std::int64_t i = 0; i < 3; ++i) training.step(batch(1), {.step = i, .learning_rate = 1e-3});
  const double counted = seen.item<double>();
  EXPECT_EQ(counted, 4 * 64) << "of the start and three steps";
  training.evaluate(batch(2));
  training.sample(5, nn::generator(1));
  flow->log_prob(batch(2));
  EXPECT_EQ(seen.item<double>(), counted);
  EXPECT_FALSE(flow->is_training());
}

TEST(FlowTraining, ABrokenStepLeavesAllAsItWas) {
  const auto flow = everything();
  nn::MaximumLikelihood training(flow, {});
  auto broken = batch(1);
  broken[3][2] = std::nan("");
  auto huge = batch(1) * 1e20;  // finite, with squares that are not
  for (std::int64_t step = 0; step < 2; ++step) {
    const auto before = copy_of(training.state());
    EXPECT_THROW(training.step(broken, {.step = step, .learning_rate = 1e-3}), nn::NonFinite);
    expect_same(training.state(), before);
    EXPECT_EQ(flow->is_initialised(), step > 0);
    EXPECT_FALSE(flow->is_training());
    if (step == 1) {
      EXPECT_THROW(training.step(huge, {.step = step, .learning_rate = 1e-3}), nn::NonFinite);
      expect_same(training.state(), before);
    }
    training.step(batch(1), {.step = step, .learning_rate = 1e-3});
  }
}

TEST(FlowTraining, AStartThatFailsLaterIsTakenBack) {
  const auto flow = everything();
  {
    const at::NoGradGuard no_grad;
    flow->named_parameters()["layers.3.scale"].fill_(std::nan(""));
  }
  nn::MaximumLikelihood training(flow, {});
  const auto before = copy_of(nn::named_state(*flow));
  try {
    training.step(batch(1), {.step = 0, .learning_rate = 1e-3});
    FAIL() << "a NaN was trained on";
  } catch (const nn::NonFinite& error) {
    EXPECT_STREQ(error.what(), "what layers.4 (activation norm, 4 numbers) starts from is not finite");
  }
  EXPECT_FALSE(flow->is_initialised());
  const auto state = nn::named_state(*flow);
  for (std::size_t i = 0; i < state.size(); ++i)
    EXPECT_LE(at::nan_to_num(state[i].second - before[i]).abs().max().item<double>(), 0) << state[i].first;
}

TEST(FlowTraining, DrawsNothingWhereThereIsNoInverse) {
  const auto flow =
      std::make_shared<Flow>(Event{2}, Flow::Bijectors{}, Flow::Bijectors{std::make_shared<OneWay>()});
  EXPECT_FALSE(nn::MaximumLikelihood(flow, {}).sample(3, nn::generator(1)).defined());
  expect_says([&] { flow->sample(3); }, "[flow] layers.0 (one way) has no inverse");
}

TEST(FlowTraining, AMultiscaleFlowOfImagesLearns) {
  const auto flow = multiscale();
  nn::MaximumLikelihood training(flow, {});
  auto random = nn::generator(1);
  const auto images = [&] {  // smooth: what a pixel is follows from its neighbours
    const auto coarse = at::empty({64, 1, 2, 2}).normal_(0.0, 1.0, random);
    return at::upsample_nearest2d(coarse, {4, 4}) + at::empty({64, 1, 4, 4}).normal_(0.0, 0.2, random);
  };
  training.step(images(), {.step = 0, .learning_rate = 0});
  const auto held_out = images();
  const double before = training.evaluate(held_out)[0].second;
  for (std::int64_t i = 1; i < 60; ++i) training.step(images(), {.step = i, .learning_rate = 1e-2});
  EXPECT_GT(training.evaluate(held_out)[0].second, before + 3) << "nats";
  EXPECT_EQ(training.sample(5, nn::generator(2)).sizes(), (at::IntArrayRef{5, 1, 4, 4}));
}

}  // namespace
}  // namespace pushforward::flows
