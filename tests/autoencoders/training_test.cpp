// An autoencoder's training, a latent flow's two phases, and what stopping does to them.
#include "tests/train/support.h"

#include <csignal>

#include "pushforward/autoencoders/latent_training.h"

namespace pushforward::autoencoders {
namespace {

constexpr AutoencoderOptions small_images{.dims = 16, .hidden = 12, .latent = 4};

std::map<std::string, at::Tensor> copy_of(const nn::NamedTensors& tensors) {
  std::map<std::string, at::Tensor> copies;
  for (const auto& [name, tensor] : tensors) copies[name] = tensor.detach().clone();
  return copies;
}

/// The names of what is not as it was.
std::vector<std::string> changed(const std::map<std::string, at::Tensor>& before,
                                 const nn::NamedTensors& now) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : now)
    if (!identical(before.at(name), tensor.detach())) names.push_back(name);
  return names;
}

bool all_start_with(const std::vector<std::string>& names, const std::string& prefix) {
  return std::ranges::all_of(names, [&](const auto& name) { return name.starts_with(prefix); });
}

std::string message_of_non_finite(const std::function<void()>& action) {
  try {
    action();
  } catch (const nn::NonFinite& error) {
    return error.what();
  }
  return "no NonFinite";
}

at::Tensor batch(std::uint64_t seed, std::int64_t n = 32) {
  return train::images(n, seed).view({n, 16}).to(at::kFloat) / 255;
}

TEST(Reconstruction, LearnsWhatFitsThrough) {
  const auto plane = normal({2, 16}, 1);  // All of the data lie in two dimensions of sixteen.
  const auto x = normal({256, 2}, 2).matmul(plane);
  Reconstruction training(std::make_shared<Autoencoder>(AutoencoderOptions{16, 64, 2}), {});
  const double before = training.evaluate(x)[0].second;
  for (std::int64_t i = 0; i < 800; ++i) training.step(x, {.step = i, .learning_rate = 3e-3});
  EXPECT_LT(training.evaluate(x)[0].second, 0.01 * before);
}

TEST(Reconstruction, StatesTheErrorAndItsDecibels) {
  const auto model = std::make_shared<Autoencoder>(small_images);
  Reconstruction training(model, {.clip_norm = 1e-3});
  const auto x = batch(1);
  const double error = model->reconstruction_error(x).mean().item<double>();
  const auto scalars = training.step(x, {.learning_rate = 1e-3});
  ASSERT_EQ(scalars.size(), 3u);
  EXPECT_EQ(scalars[0], (std::pair<std::string, double>("reconstruction_error", error)));
  EXPECT_EQ(scalars[1], (std::pair<std::string, double>("psnr", -10 * std::log10(error))));
  EXPECT_GT(scalars[2].second, 1e-3) << "the norm before clipping";
  EXPECT_LT(training.evaluate(x)[0].second, error);
}

TEST(Reconstruction, ABrokenBatchChangesNothing) {
  Reconstruction training(std::make_shared<Autoencoder>(small_images), {.ema_decay = 0.9});
  training.step(batch(1), {.learning_rate = 1e-3});
  const auto before = copy_of(training.state());
  EXPECT_EQ(message_of_non_finite(
                [&] { training.step(batch(2) * std::nan(""), {.step = 1, .learning_rate = 1e-3}); }),
            "the reconstruction error is nan, first in the batch");
  EXPECT_TRUE(changed(before, training.state()).empty());
}

TEST(Reconstruction, AveragesAreSavedAndCanBeLookedAt) {
  const auto model = std::make_shared<Autoencoder>(small_images);
  Reconstruction training(model, {.ema_decay = 0.9});
  for (std::int64_t i = 0; i < 20; ++i) training.step(batch(1), {.step = i, .learning_rate = 1e-2});
  const auto averages = copy_of(training.weights()), parameters = copy_of(nn::named_state(*model));
  EXPECT_FALSE(identical(averages.at("encoder.0.weight"), parameters.at("encoder.0.weight")));
  training.use_averages(true);
  training.use_averages(true);
  EXPECT_TRUE(changed(averages, nn::named_state(*model)).empty());
  training.use_averages(false);
  EXPECT_TRUE(changed(parameters, nn::named_state(*model)).empty());
}

LatentFlowOptions latent_options() {
  return {.autoencoder = small_images, .couplings = 2, .hidden = 6, .seed = 3};
}

LatentTrainingOptions everything() {
  return {.autoencoder_epochs = 2, .descent = {.clip_norm = 30, .ema_decay = 0.9}, .seed = 3};
}

TEST(LatentTraining, FirstOnlyTheAutoencoderLearnsThenOnlyTheFlow) {
  LatentTraining training(std::make_shared<LatentFlow>(latent_options()), everything());
  auto before = copy_of(training.state());
  for (std::int64_t i = 0; i < 6; ++i) {
    const auto scalars = training.step(batch(1), {.step = i, .epoch = i / 3, .learning_rate = 1e-2});
    EXPECT_EQ(scalars[0].first, "reconstruction_error");
  }
  EXPECT_TRUE(all_start_with(changed(before, training.state()), "autoencoder."));
  EXPECT_EQ(changed(before, training.state()).size(), 8u * 3) << "parameters and both moments";
  EXPECT_EQ(training.evaluate(batch(2))[0].first, "reconstruction_error");
  EXPECT_FALSE(training.sample(3, nn::generator(1)).defined());

  before = copy_of(training.state());
  for (std::int64_t i = 6; i < 9; ++i) {
    const auto scalars = training.step(batch(1), {.step = i, .epoch = 2, .learning_rate = 1e-2});
    EXPECT_EQ(scalars[0].first, "log_likelihood");
  }
  EXPECT_TRUE(all_start_with(changed(before, training.state()), "flow"));
  EXPECT_EQ(training.evaluate(batch(2))[0].first, "log_likelihood");
  EXPECT_EQ(training.sample(3, nn::generator(1)).sizes(), (at::IntArrayRef{3, 16}));
}

TEST(LatentTraining, TheFlowLearnsAsOnFixedCodesFromItsOwnFirstStep) {
  const auto model = std::make_shared<LatentFlow>(latent_options());
  LatentTraining training(model, everything());
  for (std::int64_t i = 0; i < 5; ++i)
    training.step(batch(static_cast<std::uint64_t>(i)), {.step = i, .learning_rate = 1e-2});

  const auto codes = [&](std::uint64_t seed) {
    const at::NoGradGuard no_grad;
    return model->autoencoder()->encode(batch(seed));
  };
  LatentFlow alone(latent_options());
  alone.standardise()->fit(codes(10));
  nn::MaximumLikelihood expected(alone.flow(), {.descent = {.clip_norm = 30, .ema_decay = 0.9}, .seed = 3});
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto seed = static_cast<std::uint64_t>(10 + i);
    const auto a = training.step(batch(seed), {.step = 5 + i, .epoch = 2, .learning_rate = 1e-2});
    EXPECT_EQ(a, expected.step(codes(seed), {.step = i, .learning_rate = 1e-2}));
  }
  EXPECT_TRUE(changed(copy_of(nn::named_state(*alone.flow())), nn::named_state(*model->flow())).empty());
}

TEST(LatentTraining, ABrokenBatchChangesNothingInEitherPhase) {
  LatentTraining training(std::make_shared<LatentFlow>(latent_options()), everything());
  for (const std::int64_t epoch : {0, 2}) {
    training.step(batch(1), {.step = epoch, .epoch = epoch, .learning_rate = 1e-2});
    const auto before = copy_of(training.state());
    const auto words = message_of_non_finite([&] {
      training.step(batch(2) * std::nan(""), {.step = epoch + 1, .epoch = epoch, .learning_rate = 1e-2});
    });
    EXPECT_NE(words, "no NonFinite");
    EXPECT_TRUE(changed(before, training.state()).empty()) << words;
  }
}

class LatentRun : public train::Scratch {
 protected:
  /// 7 batches an epoch: two epochs of the autoencoder, two of the flow.
  struct Session {
    LatentTraining inner{std::make_shared<LatentFlow>(latent_options()), everything()};
    train::Watched model{inner};
    data::Loader batches{train::images(100, 1), data::LoaderOptions{.batch = 16, .seed = 3}};
    data::Loader held_out{train::images(30, 2), data::LoaderOptions{.batch = 16, .shuffle = false}};

    std::vector<train::Epoch> fit(const train::RunFolder& run, bool resume) {
      if (!resume) run.begin(model, "");
      return train::fit(model, batches, &held_out,
                        {.epochs = 4,
                         .schedule = {.learning_rate = 5e-3, .decay = train::Decay::cosine},
                         .checkpoint_seconds = 1e9,
                         .resume = resume},
                        &run);
    }
  };
};

TEST_F(LatentRun, ContinuesBitForBitAcrossThePhases) {
  const auto whole = train::RunFolder::create(folder / "whole"),
             stopped = train::RunFolder::create(folder / "stopped");
  Session().fit(whole, false);
  const std::vector<std::int64_t> stops{
      5, 13, 14, 17, 22};  // 14 steps are the autoencoder's; stopped in its last, a step later.
  for (std::size_t attempt = 0; attempt <= stops.size(); ++attempt) {
    catch_interrupts();
    Session session;
    if (attempt < stops.size()) {
      session.model.before = [&, at = stops[attempt]](std::int64_t step) {
        if (step == at) std::raise(SIGTERM);
      };
      EXPECT_THROW(session.fit(stopped, attempt > 0), Interrupted) << attempt;
    } else {
      session.fit(stopped, true);
    }
  }
  train::expect_same_run(whole, stopped);
}

TEST_F(LatentRun, TheBestIsChosenAmongTheFlowsEpochs) {
  const auto run = train::RunFolder::create(folder);
  const auto epochs = Session().fit(run, false);
  ASSERT_EQ(epochs.size(), 4u);
  EXPECT_EQ(epochs[1].held_out[0].first, "reconstruction_error");
  EXPECT_EQ(epochs[2].held_out[0].first, "log_likelihood");
  const double best = train::progress_of(run.best()).at("best");
  EXPECT_EQ(best, std::max(epochs[2].held_out[0].second, epochs[3].held_out[0].second));
  EXPECT_NE(checkpoint::load(run.best()).find("flow.layers.0.scale_net.0.weight"), nullptr);
}

}  // namespace
}  // namespace pushforward::autoencoders
