// Trainings that cannot go on: the last good state stays.
#include "tests/full_disk.h"
#include "tests/train/support.h"

namespace pushforward::train {
namespace {

class Failure : public Scratch {
 protected:
  const RunFolder run = RunFolder::create(folder / "run");
};

TEST_F(Failure, ANonFiniteLossNamesStepImagesAndLayer) {
  Session session{Settings()};
  const auto bias = session.flow->named_parameters()["layers.2.translate_net.2.bias"];
  session.model.before = [&](std::int64_t step) {
    if (step == 10) bias.data().fill_(INFINITY);
  };
  std::vector<std::int64_t> indices;
  {
    data::Loader batches(images(100, 1), data::LoaderOptions{.batch = 16});
    batches.seek({1, 2});
    const auto batch = batches.next();
    indices.assign(batch.indices.begin(), batch.indices.begin() + 8);
  }
  const auto text = message([&] { session.start(run); });
  expect_contains(text, {"step 10: the log-likelihood is ", "first in layers.2 (affine coupling",
                         fmt::format("(batch of images {}, …)", fmt::join(indices, ", ")),
                         "the last good state is in " + run.last().string(),
                         "a new run with a smaller train.learning_rate may not fail here"});
  EXPECT_EQ(progress_of(run.last()).at("step"), 7) << "the weights were already broken";
}

TEST_F(Failure, TheLastGoodStateIsTheOneBeforeTheStep) {
  Session session(everything());
  session.model.poison = 10;
  nn::NamedTensors good;
  session.model.after = [&](std::int64_t step) {
    if (step == 9)
      for (const auto& [name, tensor] : session.inner.state())
        good.emplace_back(name, tensor.detach().clone());
  };
  expect_contains(message([&] { session.start(run); }), {"step 10: ", "first in the input"});
  const auto progress = progress_of(run.last());
  EXPECT_EQ(progress.at("step"), 9);
  EXPECT_EQ(progress.at("batch"), 2);
  const auto file = checkpoint::load(run.last());
  ASSERT_EQ(file.tensors.size(), good.size());
  for (const auto& [name, tensor] : good) EXPECT_TRUE(identical(*file.find(name), tensor)) << name;

  const auto whole = RunFolder::create(folder / "whole");
  Session(everything()).start(whole);
  Session(everything()).resume(run);  // Without the poison it goes on as if nothing had been.
  expect_same_run(whole, run);
}

TEST_F(Failure, ABrokenStateNeverReplacesASoundOne) {
  auto settings = Settings();
  settings.fit.checkpoint_seconds = 0;
  Session session(settings);
  session.model.after = [&](std::int64_t step) {
    if (step == 10) session.flow->named_parameters()["layers.1.scale_net.0.weight"].data().fill_(NAN);
  };
  expect_contains(message([&] { session.start(run); }),
                  {"step 10: model.layers.1.scale_net.0.weight holds a value that is not finite",
                   "the last good state is in " + run.last().string()});
  EXPECT_EQ(progress_of(run.last()).at("step"), 9);
  EXPECT_EQ(nn::first_non_finite(checkpoint::load(run.last()).tensors), "");
}

TEST_F(Failure, AFullDiskLeavesTheEarlierCheckpoint) {
  const auto whole = RunFolder::create(folder / "whole");
  Session(everything()).start(whole);
  const auto size = std::filesystem::file_size(whole.last());
  for (const rlim_t limit : {rlim_t{0}, rlim_t{200}, rlim_t{4096}, static_cast<rlim_t>(size - 1)}) {
    const auto full = RunFolder::create(folder / fmt::format("full{}", limit));
    auto settings = everything();
    settings.fit.checkpoint_seconds = 0;
    Session session(settings);
    std::unique_ptr<FullDisk> disk;
    session.model.after = [&](std::int64_t step) {
      if (step == 4) disk = std::make_unique<FullDisk>(limit);
    };
    const auto text = message([&] { session.start(full); });
    disk.reset();
    expect_contains(text, {"cannot write " + full.path().string(), "File too large"});
    EXPECT_EQ(progress_of(full.last()).at("step"), 3) << limit;
    Session(everything()).resume(full);
    expect_same_run(whole, full);
  }
}

TEST_F(Failure, AFullDiskIsFoundOutBeforeTheFirstStep) {
  Session session{Settings()};
  session.model.before = [](std::int64_t) { ADD_FAILURE() << "a step was made"; };
  const FullDisk disk(1000);
  expect_contains(message([&] { session.start(run); }), {"cannot write " + run.last().string()});
  EXPECT_FALSE(std::filesystem::exists(run.config())) << "not a run yet";
}

}  // namespace
}  // namespace pushforward::train
