#include "pushforward/train/fit.h"

#include "tests/expect.h"
#include "tests/train/support.h"

#include <limits>

namespace pushforward::train {
namespace {

using Fit = Scratch;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Its one weight counts updates; what it evaluates to, epoch by epoch, is given.
class Scripted : public nn::Trainable {
 public:
  Scripted(std::vector<double> train, std::vector<double> held_out)
      : train_(std::move(train)), held_out_(std::move(held_out)) {}

  nn::Scalars step(const nn::Batch&, const nn::StepInfo& info) override {
    count_ += 1;
    return {{"log_likelihood", train_.at(static_cast<std::size_t>(info.step))}};
  }
  nn::Scalars evaluate(const nn::Batch&) override {
    return {{"log_likelihood", held_out_.at(static_cast<std::size_t>(count_.item<double>()) - 1)}};
  }
  nn::NamedTensors state() override { return {{"count", count_}}; }
  nn::NamedTensors weights() override { return state(); }
  at::Tensor sample(std::int64_t n, at::Generator) override { return at::zeros({n, 1}); }

 private:
  at::Tensor count_ = at::zeros({1}, at::kDouble);
  std::vector<double> train_, held_out_;
};

/// How many updates the weights of `best` have seen; one update is one epoch.
double best_of(const std::filesystem::path& folder, std::vector<double> train, std::vector<double> held_out) {
  const auto run = RunFolder::create(folder);
  const auto epochs = std::ssize(train);
  const bool validate = !held_out.empty();
  Scripted model(std::move(train), std::move(held_out));
  data::Loader batches(images(4, 1)), held(images(4, 2));
  run.begin(model, "");
  fit(model, batches, validate ? &held : nullptr, {.epochs = epochs}, &run);
  return std::filesystem::exists(run.best()) ? checkpoint::load(run.best()).find("count")->item<double>() : 0;
}

TEST_F(Fit, BestIsChosenByTheHeldOutImages) {
  EXPECT_EQ(best_of(folder, {1, 2, 3, 4}, {5, 7, 6, 4}), 2);
}

TEST_F(Fit, BestIsTheFirstOfEquals) {
  EXPECT_EQ(best_of(folder, {1, 2, 3}, {5, 7, 7}), 2);
}

TEST_F(Fit, BestIsChosenByTheTrainingWithoutHeldOutImages) {
  EXPECT_EQ(best_of(folder, {1, 9, 3}, {}), 2);
}

TEST_F(Fit, BestIsNeverWhatIsNotFinite) {
  EXPECT_EQ(best_of(folder / "a", {1, 2, 3, 4}, {nan, 3, infinity, 5}), 4);
  EXPECT_EQ(best_of(folder / "b", {1, 2}, {-infinity, nan}), 0);
}

TEST_F(Fit, MetricsAreALinePerStepAndEpoch) {
  Session session(everything());
  const auto run = RunFolder::create(folder);
  const auto epochs = session.start(run);
  ASSERT_EQ(epochs.size(), 3u);
  auto schedule = session.settings.fit.schedule;
  schedule.total = 21;

  const auto lines = read_metrics(run.metrics());
  ASSERT_EQ(lines.size(), 3u * (7 + 1));
  double sum = 0, seconds = 0;
  std::int64_t step = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    EXPECT_GE(line.at("seconds").get<double>(), seconds);
    seconds = line.at("seconds");
    if (i % 8 < 7) {
      EXPECT_EQ(line.at("step"), ++step);
      EXPECT_DOUBLE_EQ(line.at("epoch").get<double>(), static_cast<double>(step) / 7);
      EXPECT_EQ(line.at("learning_rate").get<double>(), schedule.at(step - 1));
      EXPECT_GT(line.at("gradient_norm").get<double>(), 0);
      EXPECT_EQ(line.size(), 6u) << line;
      sum += line.at("log_likelihood").get<double>();
    } else {
      const auto& epoch = epochs[i / 8];
      EXPECT_EQ(line.at("step"), step);
      EXPECT_EQ(line.at("epoch"), static_cast<std::int64_t>(i / 8 + 1));
      EXPECT_DOUBLE_EQ(line.at("train").at("log_likelihood").get<double>(), sum / 7);
      EXPECT_EQ(line.at("train").at("log_likelihood").get<double>(), epoch.train.at(0).second);
      EXPECT_EQ(line.at("held_out").at("log_likelihood").get<double>(), epoch.held_out.at(0).second);
      sum = 0;
    }
  }
}

TEST_F(Fit, EvaluatesAndShowsTheAveragedWeights) {
  Session session(everything());
  const auto run = RunFolder::create(folder);
  std::vector<double> seen;
  const auto epochs = session.start(
      run, [&](const Epoch&) { seen.push_back(evaluate(session.model, session.held_out).at(0).second); });
  ASSERT_EQ(seen.size(), epochs.size());
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], epochs[i].held_out.at(0).second) << i;
  EXPECT_NE(evaluate(session.model, session.held_out).at(0).second, seen.back()) << "parameters are back";
  const auto file = checkpoint::load(run.last());
  for (const auto& [name, tensor] : session.inner.state())
    EXPECT_TRUE(identical(*file.find(name), tensor.detach())) << name;
}

TEST_F(Fit, TheParametersAreBackWhateverIsThrown) {
  const auto fails = [](const Epoch&) -> nn::Scalars { throw fail("no room for a picture"); };
  for (const bool measuring : {true, false}) {
    Session session(everything());
    const auto run = RunFolder::create(folder / (measuring ? "measuring" : "showing"));
    if (measuring) session.settings.fit.measure = fails;
    expect_says([&] { session.start(run, measuring ? OnEpoch() : OnEpoch(fails)); }, "no room");
    EXPECT_EQ(progress_of(run.last()).at("epoch"), 1) << "saved all the same";
    const auto file = checkpoint::load(run.last());
    for (const auto& [name, tensor] : session.inner.state())
      EXPECT_TRUE(identical(*file.find(name), tensor.detach())) << name;
  }
}

TEST_F(Fit, EvaluateWeighsEveryImageTheSame) {
  Session session{Settings()};
  data::Loader whole(images(30, 2), data::LoaderOptions{.batch = 30, .shuffle = false});
  EXPECT_NEAR(evaluate(session.model, session.held_out).at(0).second,
              evaluate(session.model, whole).at(0).second, 1e-4);
}

TEST_F(Fit, WritesNothingWithoutARun) {
  Session session{Settings()};
  const auto epochs = fit(session.model, session.batches, nullptr, session.settings.fit);
  ASSERT_EQ(epochs.size(), 3u);
  EXPECT_TRUE(epochs[2].held_out.empty());
  EXPECT_GT(epochs[2].train.at(0).second, epochs[0].train.at(0).second) << "it learns";
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(Fit, TheSameSeedGivesTheSameBytes) {
  const auto a = RunFolder::create(folder / "a"), b = RunFolder::create(folder / "b"),
             other = RunFolder::create(folder / "other");
  Session(with_seed(everything(), 1)).start(a);
  Session(with_seed(everything(), 1)).start(b);
  Session(with_seed(everything(), 2)).start(other);
  expect_same_run(a, b);
  EXPECT_NE(read_file(a.last()), read_file(other.last()));
}

}  // namespace
}  // namespace pushforward::train
