// Adversarial runs, without the program around them.
#include "tests/expect.h"
#include "tests/ops/tensors.h"
#include "tests/scratch_folder.h"

#include <filesystem>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/file.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/random.h"
#include "pushforward/core/terminal.h"
#include "pushforward/data/load.h"
#include "pushforward/data/npy.h"
#include "pushforward/data/toys.h"
#include "pushforward/gans/dcgan.h"
#include "pushforward/gans/objective.h"
#include "pushforward/gans/regulariser.h"
#include "pushforward/models/exchange.h"
#include "pushforward/models/gan_panels.h"
#include "pushforward/models/presets.h"
#include "pushforward/runs/adversarial.h"
#include "pushforward/runs/gallery.h"
#include "pushforward/runs/report.h"
#include "pushforward/runs/training.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::runs {
namespace {

namespace fs = std::filesystem;

class GanStudy : public ::testing::Test, protected ScratchFolder {
 protected:
  GanStudy() {
    terminal().set_quiet(true);
    auto engine = stream(0, "pixels");
    std::vector<std::uint8_t> pixels(40 * 12 * 12);
    for (auto& pixel : pixels) pixel = static_cast<std::uint8_t>(uniform_below(engine, 256));
    data::write_npy(folder / "in.npy", data::NpyArray::of<std::uint8_t>({40, 12, 12}, pixels));
  }

  /// Two critic steps for one of the generator, 12×12 images made 16×16.
  Config tiny(const std::string& more = "") const {
    auto config = Config::parse(
        "[model]\nkind = \"gan\"\nlatent = 3\nfilters = 4\n[gan]\nn_critic = 2\n[train]\nepochs = 2\nbatch = "
        "16\nema = "
        "0.9\ncheckpoint_seconds = 0\n[data]\nresize = 16\nvalidation = 0.25\n" +
            more,
        "tiny");
    config.set("data.name", (folder / "in.npy").string());
    return config;
  }
};

TEST_F(GanStudy, ARunHasItsMonitorsPicturesAndReport) {
  train_run(tiny(), folder / "run");
  const auto run = models::Run::open(folder / "run");
  EXPECT_EQ(run.shape(), (models::Shape{.channels = 1, .height = 16, .width = 16}));
  const auto last = train::read_metrics(run.folder.metrics()).back();
  for (const char* name : {"generator_loss", "critic_loss", "critic_real", "generator_gradient_norm"})
    EXPECT_TRUE(last["train"][name].is_number()) << name;
  EXPECT_TRUE(last["held_out"]["critic_held_out"].is_number());
  for (const char* name : {"pixel_distance", "diversity", "nearest_diversity", "critic_error"})
    EXPECT_GE(last["measured"][name].get<double>(), 0) << name;
  for (const char* name : {"critic_seen", "critic_unseen", "critic_samples"})
    EXPECT_TRUE(last["measured"][name].is_number()) << name;
  EXPECT_FALSE(fs::exists(run.folder.best())) << "no number says which weights are best";
  for (const char* file : {"samples/epoch_001.png", "samples/epoch_002.npy", "samples/film.png",
                           "samples/film.webp", "samples/walks.png", "plots/curves.png", "plots/outputs.png"})
    EXPECT_TRUE(fs::exists(folder / "run" / file)) << file;
  const auto html = read_file(write_report(run));
  for (const char* part : {"Losses", "image/webp", "Walks between pairs", "Epochs"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
}

TEST_F(GanStudy, AnInterruptedRunContinuesBitForBit) {
  train_run(tiny(), folder / "whole");
  auto once = tiny();
  once.set("train.epochs=1");
  train_run(once, folder / "parts");
  resume_run(folder / "parts", {"train.epochs=2"});
  EXPECT_EQ(read_file(folder / "whole/checkpoints/last.safetensors"),
            read_file(folder / "parts/checkpoints/last.safetensors"));
  EXPECT_EQ(read_file(folder / "whole/samples/film.png"), read_file(folder / "parts/samples/film.png"));
}

TEST_F(GanStudy, ShortBatchesTrain) {
  for (const std::int64_t batch : {29, 64}) {  // a last batch of one image; fewer images than a batch
    auto config = tiny();
    config.set("train.batch", batch);
    config.set("train.epochs=1");
    const auto out = folder / fmt::format("batch-{}", batch);
    train_run(config, out);
    const auto last = train::read_metrics(out / "metrics.jsonl").back();
    EXPECT_EQ(last["step"].get<std::int64_t>(), batch == 29 ? 2 : 1);
    EXPECT_TRUE(last["train"]["critic_loss"].is_number()) << last;
    EXPECT_TRUE(last["measured"]["pixel_distance"].is_number()) << last;
  }
}

TEST_F(GanStudy, EveryObjectiveGoesWithEveryRegulariser) {
  const auto images = data::load_images((folder / "in.npy").string()).resized(16);
  const gans::DcganOptions options{.latent = 3, .size = 16, .width = 4};
  for (const auto& objective : gans::objective_names())
    for (const auto& regulariser : gans::regulariser_names())
      for (const auto norm : {gans::CriticNorm::none, gans::CriticNorm::spectral, gans::CriticNorm::batch}) {
        const auto history =
            adversarial(gans::dcgan_generator(options), gans::dcgan_critic(options, norm), images,
                        {.objective = gans::objective(objective),
                         .regulariser = gans::regulariser(regulariser),
                         .epochs = 1,
                         .batch = 16});
        EXPECT_FALSE(history.back().train.empty());
        for (const auto& [name, value] : history.back().train)
          EXPECT_TRUE(std::isfinite(value)) << objective << " " << regulariser << " " << name;
      }
}

TEST_F(GanStudy, ExportedNetworksImportTheSame) {
  train_run(tiny(), folder / "run");
  const auto run = models::Run::open(folder / "run");
  models::export_run(run, folder / "w.safetensors");
  const auto file = checkpoint::load(folder / "w.safetensors");
  for (const char* name : {"generator.model.0.weight", "generator.model.1.running_mean",
                           "generator.model.1.num_batches_tracked", "discriminator.model.0.weight"})
    EXPECT_NE(file.find(name), nullptr) << name;
  auto config = tiny();
  config.set("train.seed=7");
  models::import_run(config, folder / "w.safetensors", folder / "imported");
  const auto imported = models::Run::open(folder / "imported");
  const auto draw = [](const models::Run& from, bool batch) {
    return from.model.sampler->sample(5, {.batch_statistics = batch}, nn::generator(3));
  };
  EXPECT_TRUE(identical(draw(imported, false), draw(run, false)));
  EXPECT_TRUE(identical(draw(imported, true), draw(run, true)));
  EXPECT_FALSE(identical(draw(run, true), draw(run, false)));
}

TEST_F(GanStudy, PointsAreLearntByTheSamePreset) {
  auto config = models::load_config("wgan-gp");
  for (const char* setting :
       {"data.name=gaussian-ring", "train.epochs=1", "train.batch=10000", "model.hidden=8"})
    config.set(setting);
  train_run(config, folder / "points");
  const auto run = models::Run::open(folder / "points");
  const auto last = train::read_metrics(run.folder.metrics()).back();
  EXPECT_EQ(last["measured"]["modes"].get<std::size_t>(),
            data::find_toy("gaussian-ring")->modes->centres.size());
  EXPECT_LE(last["measured"]["modes_covered"].get<double>(), last["measured"]["modes"].get<double>());
  EXPECT_GE(last["measured"]["modes_covered"].get<double>(), 0);
  EXPECT_GE(last["measured"]["high_quality"].get<double>(), 0);
  EXPECT_LE(last["measured"]["high_quality"].get<double>(), 1);
  EXPECT_EQ(run.model.sampler->sample(7, {}, nn::generator(1)).sizes(), (std::vector<std::int64_t>{7, 2}));
  EXPECT_TRUE(fs::exists(folder / "points/samples/epoch_001.png"));
  EXPECT_NE(read_file(write_report(run)).find("beside the data"), std::string::npos);
  // Their scale is a setting, not a weight: it goes with the file, so that the same preset makes them again.
  models::export_run(run, folder / "points.safetensors");
  models::import_run(models::load_config("wgan-gp-points"), folder / "points.safetensors",
                     folder / "imported");
  EXPECT_TRUE(identical(models::Run::open(folder / "imported").model.sampler->sample(7, {}, nn::generator(1)),
                        run.model.sampler->sample(7, {}, nn::generator(1))));
}

TEST_F(GanStudy, PointsOutOfThePlaneAreLearntUndrawn) {
  std::vector<float> points(300);
  auto engine = stream(0, "points");
  for (auto& x : points) x = static_cast<float>(uniform_below(engine, 1000)) / 1000;
  data::write_npy(folder / "points.npy", data::NpyArray::of<float>({100, 3}, points));
  auto config = Config::parse("[model]\nkind = \"gan\"\nhidden = 8\n[train]\nepochs = 2\nbatch = 32\n", "p");
  config.set("data.name", (folder / "points.npy").string());
  train_run(config, folder / "run");
  EXPECT_TRUE(fs::exists(folder / "run/samples/epoch_002.npy"));
  EXPECT_FALSE(fs::exists(folder / "run/samples/epoch_002.png"));
}

TEST_F(GanStudy, ColourImagesTrain) {
  std::vector<std::uint8_t> pixels(20 * 3 * 16 * 16);
  auto engine = stream(1, "pixels");
  for (auto& pixel : pixels) pixel = static_cast<std::uint8_t>(uniform_below(engine, 256));
  data::write_npy(folder / "colour.npy", data::NpyArray::of<std::uint8_t>({20, 3, 16, 16}, pixels));
  auto config = tiny();
  config.set("data.name", (folder / "colour.npy").string());
  train_run(config, folder / "run");
  const auto run = models::Run::open(folder / "run");
  EXPECT_EQ(run.model.sampler->sample(2, {}, nn::generator(1)).sizes(),
            (std::vector<std::int64_t>{2, 3, 16, 16}));
  EXPECT_TRUE(fs::exists(folder / "run/samples/film.webp"));
}

TEST_F(GanStudy, SettingsTurnOnePresetIntoAnother) {
  // Key by key, in any order: what the first preset sets for its own choices is no obstacle.
  for (const auto& [preset, settings] : std::map<std::string, std::vector<const char*>>{
           {"dcgan",
            {"train.optimiser=rmsprop", "gan.objective=wasserstein", "gan.regulariser=weight_clipping"}},
           {"wgan", {"gan.regulariser=gradient_penalty", "model.critic_norm=none", "train.optimiser=adam"}},
           {"wgan-gp", {"gan.regulariser=none", "gan.objective=hinge", "model.critic_norm=spectral"}}}) {
    auto config = models::load_config(preset);
    config.set("data.name", (folder / "in.npy").string());
    for (const auto* setting : settings) config.set(setting);
    for (const char* small : {"data.resize=16", "model.filters=4", "train.epochs=1", "gan.n_critic=1"})
      config.set(small);
    EXPECT_NO_THROW(train_run(config, folder / preset)) << preset;
  }
}

TEST_F(GanStudy, WalksHaveTheirEndsWhereNoGreatCircleLeads) {
  auto config = tiny();
  config.set("model.latent=1");
  train_run(config, folder / "run");
  const auto run = models::Run::open(folder / "run");
  for (const double temperature : {0.0, 1.0}) {
    const auto walks = interpolate(run, 6, 5, nn::generator(2), {.temperature = temperature});
    EXPECT_TRUE(at::isfinite(walks).all().item<bool>());
    const auto ends = at::empty({2, 6, 1}).normal_(0.0, temperature, nn::generator(2));
    EXPECT_LT((walks.view({6, 5, -1}).select(1, 4) - run.model.sampler->decode(ends[1], {}).view({6, -1}))
                  .abs()
                  .max()
                  .item<double>(),
              1e-5);
  }
}

TEST(GanVerdict, IsReadFromTheMetrics) {
  std::vector<Json> metrics;
  for (int step = 1; step <= 100; ++step)
    metrics.push_back({{"step", step},
                       {"generator_loss", 0.7},
                       {"critic_loss", 10.65},
                       {"penalty", 10.0},
                       {"generator_gradient_norm", 1.0}});
  Json epoch{{"step", 100},
             {"epoch", 1},
             {"train", {{"critic_real", 9.0}, {"critic_fake", -9.0}}},
             {"held_out", {{"critic_held_out", -9.0}}},
             {"measured",
              {{"diversity", 1.0},
               {"modes_covered", 8.0},
               {"modes", 8.0},
               {"critic_seen", 1.0},
               {"critic_unseen", 0.9},
               {"critic_samples", -1.0},
               {"critic_error", 0.01}}}};
  metrics.push_back(epoch);
  EXPECT_TRUE(models::gan_verdict(metrics, gans::non_saturating()).empty())
      << "the critic's outputs are compared at one moment, its loss without the penalty";
  auto& measured = metrics.back()["measured"];
  measured["critic_unseen"] = -0.9;
  measured["modes_covered"] = 5.0;
  measured["diversity"] = 0.1;
  EXPECT_EQ(models::gan_verdict(metrics, gans::non_saturating()).size(), 3u);
}

TEST_F(GanStudy, RefusesWhatItCannotTrain) {
  const auto refuses = [&](const std::string& setting, const std::string& words) {
    auto config = tiny();
    config.set(setting);
    expect_says([&] { train_run(config, folder / "refused"); }, words);
    EXPECT_FALSE(fs::exists(folder / "refused")) << setting;
  };
  refuses("gan.objective=wasserstien", "did you mean wasserstein");
  refuses("gan.regulariser=gradient-penalty", "gan.regulariser");
  refuses("gan.n_critic=0", "gan.n_critic");
  refuses("gan.strength=3", "there is no gan.regulariser");
  refuses("data.resize=18", "4 to 7 pixels doubled at least once");
  refuses("model.critic_norm=layer", "model.critic_norm");
}

TEST_F(GanStudy, TheLibrarysFewLinesTrain) {
  const auto images = data::load_images((folder / "in.npy").string()).resized(16);
  const gans::DcganOptions options{.latent = 3, .size = 16, .width = 4};
  const auto history =
      adversarial(gans::dcgan_generator(options), gans::dcgan_critic(options, gans::CriticNorm::none), images,
                  {.objective = gans::wasserstein(),
                   .regulariser = gans::gradient_penalty(10),
                   .n_critic = 2,
                   .epochs = 2,
                   .batch = 16});
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history.back().step, 6);
  for (const auto& [name, value] : history.back().train) EXPECT_TRUE(std::isfinite(value)) << name;
}

TEST_F(GanStudy, HasNoLikelihood) {
  train_run(tiny(), folder / "run");
  const auto run = models::Run::open(folder / "run");
  expect_says([&] { models::expect_density(run.model); }, "has no likelihood");
}

}  // namespace
}  // namespace pushforward::runs
