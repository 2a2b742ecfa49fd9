// A flow small enough to train in milliseconds, and ways to disturb its training.
#pragma once

#include "tests/ops/tensors.h"
#include "tests/scratch_folder.h"

#include <filesystem>
#include <functional>
#include <memory>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/file.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/random.h"
#include "pushforward/core/terminal.h"
#include "pushforward/flows/models.h"
#include "pushforward/nn/maximum_likelihood.h"
#include "pushforward/train/fit.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::train {

/// A folder of its own for each test, removed at the end.
class Scratch : public ::testing::Test, protected ScratchFolder {
 protected:
  Scratch() {
    terminal().set_quiet(true);
    catch_interrupts();  // and forget the signals of the test before
  }
};

/// uint8 [n, 1, 4, 4], brighter from pixel to pixel.
inline at::Tensor images(std::int64_t n, std::uint64_t seed) {
  auto engine = stream(seed, "test images");
  auto result = at::empty({n, 1, 4, 4}, at::kByte);
  for (std::int64_t i = 0; i < result.numel(); ++i)
    result.data_ptr<std::uint8_t>()[i] =
        static_cast<std::uint8_t>(uniform_below(engine, 100) + 10 * (i % 16));
  return result;
}

struct Settings {
  flows::RealNvpOptions flow = {.dims = 16, .hidden = 8, .couplings = 4};
  nn::MaximumLikelihoodOptions step = {};
  FitOptions fit = {.epochs = 3, .schedule = {.learning_rate = 5e-3}, .checkpoint_seconds = 1e9};
};

/// Every option that has a state or depends on the step.
inline Settings everything() {
  Settings s;
  s.flow.dequantize = true;
  s.flow.logit_alpha = 0.05;
  s.step.descent.clip_norm = 30;
  s.step.descent.ema_decay = 0.95;
  s.fit.schedule = {.learning_rate = 5e-3, .decay = Decay::cosine, .warmup = 4};
  return s;
}

inline Settings with_seed(Settings s, std::uint64_t seed) {
  s.flow.seed = s.step.seed = seed;
  return s;
}

/// A model between the loop and the real one: `before` and `after` see each step (counted from 1).
class Watched : public nn::Trainable {
 public:
  using OnStep = std::function<void(std::int64_t step)>;
  explicit Watched(nn::Trainable& inner) : inner_(inner) {}

  nn::Scalars step(const nn::Batch& batch, const nn::StepInfo& info) override {
    if (before) before(info.step + 1);
    auto scalars = inner_.step(poison == info.step + 1 ? batch.values * std::nan("") : batch.values, info);
    if (after) after(info.step + 1);
    return scalars;
  }
  nn::Scalars evaluate(const nn::Batch& batch) override { return inner_.evaluate(batch); }
  nn::NamedTensors state() override { return inner_.state(); }
  nn::NamedTensors weights() override { return inner_.weights(); }
  at::Tensor sample(std::int64_t n, at::Generator generator) override { return inner_.sample(n, generator); }
  void use_averages(bool use) override { inner_.use_averages(use); }

  OnStep before, after;
  std::int64_t poison = 0;  // the step whose images are NaN

 private:
  nn::Trainable& inner_;
};

/// All that a process that trains has in memory: 100 training images in 7 batches, 30 held out.
struct Session {
  explicit Session(const Settings& chosen)
      : settings(chosen),
        flow(flows::real_nvp(settings.flow)),
        inner(flow, settings.step),
        batches(images(100, 1), data::LoaderOptions{.batch = 16, .seed = settings.step.seed}),
        held_out(images(30, 2), data::LoaderOptions{.batch = 16, .shuffle = false}) {}

  std::vector<Epoch> start(const RunFolder& run, const OnEpoch& on_epoch = {}) {
    run.begin(model, "");
    return fit(model, batches, &held_out, settings.fit, &run, on_epoch);
  }
  std::vector<Epoch> resume(const RunFolder& run, const OnEpoch& on_epoch = {}) {
    settings.fit.resume = true;
    return fit(model, batches, &held_out, settings.fit, &run, on_epoch);
  }

  Settings settings;
  std::shared_ptr<flows::Flow> flow;
  nn::MaximumLikelihood inner;
  data::Loader batches, held_out;
  Watched model{inner};
};

/// metrics.jsonl without what differs from run to run.
inline std::vector<Json> timeless(const RunFolder& run) {
  auto lines = read_metrics(run.metrics());
  for (auto& line : lines) {
    EXPECT_TRUE(line.contains("seconds")) << line;
    line.erase("seconds");
  }
  return lines;
}

/// The same checkpoints to the byte, and the same metrics.
inline void expect_same_run(const RunFolder& a, const RunFolder& b) {
  EXPECT_EQ(read_file(a.last()), read_file(b.last()));
  EXPECT_EQ(read_file(a.best()), read_file(b.best()));
  EXPECT_EQ(timeless(a), timeless(b));
}

inline Json progress_of(const std::filesystem::path& checkpoint) {
  return Json::parse(checkpoint::load(checkpoint).metadata.at("progress"));
}

}  // namespace pushforward::train
