// Autoencoders and latent flows as runs, without the program around them.
#include "tests/expect.h"
#include "tests/models/scratch.h"
#include "tests/ops/tensors.h"
#include "tests/runs/two_phases.h"

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/file.h"
#include "pushforward/models/exchange.h"
#include "pushforward/models/round_trip.h"
#include "pushforward/runs/curves.h"
#include "pushforward/runs/report.h"
#include "pushforward/runs/training.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::runs {
namespace {

class Latent : public Scratch {
 protected:
  Config tiny(const std::string& kind, const std::string& more = "") const {
    auto config =
        Config::parse("[model]\nlatent = 3\nhidden = 8\n[train]\nepochs = 4\nbatch = 16\n" + more, "tiny");
    config.set("model.kind", kind);
    if (kind == "latent-realnvp") {
      config.set("model.couplings=2");
      config.set("model.flow_hidden=6");
    }
    config.set("data.name", path("in.npy"));
    return config;
  }
  models::Run trained(const std::string& kind) const {
    train_run(tiny(kind), folder / kind);
    return models::Run::open(folder / kind);
  }
};

TEST_F(Latent, ARunShowsBothPhases) {
  const auto run = trained("latent-realnvp");
  auto config = run.config;
  EXPECT_EQ(config.get_int("train.autoencoder_epochs", 0, {}), 2) << "half of the epochs";
  const auto metrics = train::read_metrics(run.folder.metrics());
  const auto panels = run.model.panels;
  for (const auto& series : curves(panels.at(0), metrics).series)
    EXPECT_EQ(series.x, (std::vector<double>{3, 4})) << "the flow's epochs";
  for (const auto& series : curves(panels.at(1), metrics).series)
    EXPECT_EQ(series.x, (std::vector<double>{1, 2})) << "the autoencoder's";
  EXPECT_EQ(epoch_table(metrics).rows.size(), 4u);
  for (const char* file : {"samples/reconstructions_001.png", "samples/reconstructions_004.png",
                           "samples/epoch_003.png", "samples/film.png", "checkpoints/best.safetensors"})
    EXPECT_TRUE(fs::exists(run.folder.path() / file)) << file;
  EXPECT_FALSE(fs::exists(run.folder.samples() / "epoch_002.png")) << "nothing to sample yet";
  const auto html = read_file(write_report(run));
  for (const char* part : {"log p(codes)", "Reconstructions", "Walks between pairs"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
}

TEST_F(Latent, FidIsMeasuredOnceThereAreSamples) {
  auto config = tiny("latent-realnvp");
  for (const char* setting : {"train.fid_every=1", "train.fid_features=pixels"}) config.set(setting);
  train_run(config, folder / "run");
  int epochs = 0;
  for (const auto& line : train::read_metrics(folder / "run/metrics.jsonl"))
    if (line.contains("train")) {
      EXPECT_EQ(line.contains("measured") && line["measured"].contains("fid"), ++epochs > 2) << line;
    }
  EXPECT_EQ(epochs, 4);

  config = tiny("autoencoder");
  config.set("train.fid_every=1");
  expect_says([&] { train_run(config, folder / "refused"); },
              "train.fid_every: autoencoder draws no samples to measure FID of, set it to 0");
  EXPECT_FALSE(fs::exists(folder / "refused"));
}

TEST_F(Latent, RunsAsTheStudyDid) {
  auto config = tiny("latent-realnvp");
  for (const char* setting : {"model.standardise=false", "data.shuffle=false"}) config.set(setting);
  train_run(config, folder / "raw");
  const auto raw = models::Run::open(folder / "raw"), ours = trained("latent-realnvp");
  const auto images = ours.load(path("in.npy"));
  EXPECT_NE(raw.model.outputs.log_prob(images), ours.model.outputs.log_prob(images));
  EXPECT_LT(raw.model.weights().size(), ours.model.weights().size()) << "nothing standardises";
}

TEST_F(Latent, ItsLikelihoodIsOneOfCodes) {
  const auto run = trained("latent-realnvp");
  const auto likelihood = run.model.density->likelihood;
  EXPECT_EQ(likelihood.dims, 3);
  EXPECT_EQ(likelihood.of, "3 codes of its autoencoder");
  EXPECT_NE(likelihood.reason().find("not of pixels"), std::string::npos);
  const auto images = run.load(path("in.npy"));
  const auto all = run.model.outputs;
  const auto codes = all.features(images);
  EXPECT_EQ(codes.sizes(), (at::IntArrayRef{50, 3}));
  EXPECT_EQ(codes.scalar_type(), at::kFloat);
  const at::NoGradGuard no_grad;
  const auto expected = run.model.density->flow->log_prob(codes);
  const auto nats = all.log_prob(images), base = all.log_prob_latent(images), log_det = all.log_det(images),
             error = all.reconstruction_error(images);
  const auto x = images.view({50, 6}).to(at::kFloat) / 255;
  const auto squares = (run.model.codec->decode(run.model.codec->encode(x)) - x).square().mean(1);
  for (std::int64_t i = 0; i < 50; ++i) {
    const auto k = static_cast<std::size_t>(i);
    EXPECT_NEAR(nats[k], expected[i].item<double>(), 1e-4);
    EXPECT_NEAR(nats[k], base[k] + log_det[k], 1e-4);
    EXPECT_NEAR(error[k], squares[i].item<double>(), 1e-6);
  }
}

TEST_F(Latent, SamplesAreImagesAndTheInverseIsMeasuredOnCodes) {
  const auto run = trained("latent-realnvp");
  EXPECT_EQ(run.model.sampler->sample(5, {}, nn::generator(1)).sizes(), (at::IntArrayRef{5, 6}));
  EXPECT_EQ(run.model.sampler->latent_size, 3);
  const auto error = models::round_trip(*run.model.density, run.load(path("in.npy")));
  EXPECT_LT(error.float32, 1e-4);
  EXPECT_LT(error.float64, 1e-12);
}

TEST_F(Latent, StoppedBetweenThePhasesItContinuesBitForBit) {
  expect_continues_between_phases(tiny("latent-realnvp"), "train.autoencoder_epochs", folder);
}

TEST_F(Latent, AnUntrainedFlowIsNotUsed) {
  auto config = tiny("latent-realnvp");
  config.set("train.epochs=2");
  train_run(config, folder / "run");
  undo_second_phase(folder / "run", "flow_steps");
  const auto run = models::Run::open(folder / "run");
  EXPECT_FALSE(run.model.sampler.has_value());
  EXPECT_FALSE(run.model.outputs.log_prob);
  EXPECT_TRUE(run.model.outputs.reconstruction_error);
  expect_says([&] { models::expect_density(run.model); }, "has trained its autoencoder only");
  expect_says([&] { models::expect_sampler(run.model); }, "continue it with --resume");
  EXPECT_TRUE(fs::exists(write_report(run)));
  EXPECT_TRUE(models::Run::open(folder / "run", "best").model.sampler.has_value());
}

TEST_F(Latent, AnAutoencoderReconstructsAndNothingElse) {
  const auto run = trained("autoencoder");
  EXPECT_TRUE(fs::exists(run.folder.best())) << "by the held-out error";
  EXPECT_TRUE(fs::exists(run.folder.samples() / "reconstructions_004.png"));
  EXPECT_FALSE(fs::exists(run.folder.samples() / "epoch_004.png"));
  const auto model = run.model.outputs;
  EXPECT_FALSE(model.log_prob);
  EXPECT_EQ(model.reconstruction_error(run.load(path("in.npy"))).size(), 50u);
  EXPECT_EQ(model.features(run.load(path("in.npy"))).sizes(), (at::IntArrayRef{50, 3}));
  expect_says([&] { models::expect_density(run.model); }, "autoencoder has no likelihood: this takes a flow");
  expect_says([&] { models::expect_sampler(run.model); }, "train latent-realnvp");
  EXPECT_NE(read_file(write_report(run)).find("Reconstructions"), std::string::npos);
}

TEST_F(Latent, ExportedWeightsImportTheSame) {
  for (const std::string kind : {"autoencoder", "latent-realnvp"}) {
    const auto run = trained(kind);
    models::export_run(run, folder / "w.safetensors");
    const auto file = checkpoint::load(folder / "w.safetensors");
    EXPECT_NE(file.find(kind == "autoencoder" ? "encoder.0.weight" : "autoencoder.encoder.0.weight"),
              nullptr);
    auto config = tiny(kind);
    for (const char* setting : {"model.height=2", "model.width=3", "train.seed=9"}) config.set(setting);
    const auto out = folder / ("imported-" + kind);
    models::import_run(config, folder / "w.safetensors", out);
    const auto images = run.load(path("in.npy"));
    for (const char* which : {"last", "best"})
      EXPECT_EQ(models::Run::open(out, which).model.outputs.reconstruction_error(images),
                run.model.outputs.reconstruction_error(images));
    if (kind == "autoencoder") continue;
    EXPECT_EQ(models::Run::open(out).model.outputs.log_prob(images), run.model.outputs.log_prob(images));
  }
}

TEST_F(Latent, RefusesWhatItCannotTrain) {
  const auto refuses = [&](const std::string& setting, const std::string& words) {
    auto config = tiny("latent-realnvp");
    config.set(setting);
    expect_says([&] { train_run(config, folder / "refused"); }, words);
    EXPECT_FALSE(fs::exists(folder / "refused")) << setting;
  };
  refuses("train.epochs=1", "expected at least 2, for the autoencoder and then the flow");
  refuses("train.autoencoder_epochs=4", "train.autoencoder_epochs");
  refuses("model.latent=1", "set model.latent = 2");
  refuses("model.latent=0", "model.latent");
  refuses("data.name=gaussian-ring", "an autoencoder takes images");
}

}  // namespace
}  // namespace pushforward::runs
