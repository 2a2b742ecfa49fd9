// Flows that are given the label, as runs.
#include "tests/models/images.h"

#include <cmath>

#include "pushforward/detection/companions.h"
#include "pushforward/models/exchange.h"
#include "pushforward/models/round_trip.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/class_condition.h"
#include "pushforward/ood/state.h"
#include "pushforward/runs/benchmark.h"
#include "pushforward/runs/gallery.h"
#include "pushforward/runs/report.h"
#include "pushforward/runs/scores.h"
#include "pushforward/runs/training.h"

namespace pushforward::runs {
namespace {

namespace fs = std::filesystem;

struct ConditionalFlow {
  const char* name;
  const char* model;  // lines of [model]
};

constexpr ConditionalFlow conditional_flows[] = {
    {"RealNvp", "kind = \"realnvp\"\ncouplings = 4\nhidden = 32\ndequantize = true\nlogit_alpha = 0.05\n"},
    {"Spline", "kind = \"spline\"\ncouplings = 2\nhidden = 32\ndequantize = true\nlogit_alpha = 0.05\n"},
    {"Maf", "kind = \"maf\"\nlayers = 2\nhidden = 32\ndequantize = true\nlogit_alpha = 0.05\n"},
    {"Autoregressive", "kind = \"autoregressive\"\nhidden = 8\nlayers = 1\n"},
    {"Glow", "kind = \"glow\"\nsteps = 1\nhidden = 8\n"},
    {"Multiscale", "kind = \"multiscale\"\nhidden = 8\nlayers = 1\nbase_hidden = 8\nbase_layers = 1\n"},
    {"Residual", "kind = \"residual\"\nblocks = 2\nscales = 1\nhidden = 16\n"},
    {"Estimated", "kind = \"residual\"\nblocks = 1\nscales = 1\nhidden = 8\nlog_det = \"roulette\"\n"}};

/// Images of 4×4 in two classes, whose upper or whose lower half is bright.
class ConditionalFlows : public ImageFolder, public ::testing::WithParamInterface<ConditionalFlow> {
 protected:
  ConditionalFlows() {
    for (const auto& [split, n] : {std::pair{"train", 120}, {"t10k", 40}}) {
      auto images = noise(n, 1, 4, static_cast<std::uint64_t>(n)).squeeze(1).floor_divide(2);
      for (std::int64_t i = 0; i < n; ++i) images[i].slice(0, 2 * (i % 2), 2 * (i % 2) + 2).add_(120);
      write_idx(fmt::format("halves/{}-images-idx3-ubyte", split), images);
      write_idx(fmt::format("halves/{}-labels-idx1-ubyte", split), at::arange(n).remainder(2));
    }
  }

  Config tiny(std::int64_t epochs = 4) const {
    auto config = Config::parse(
        fmt::format("[model]\nconditional = true\n{}[data]\nheld_out = \"test\"\n"
                    "[train]\nbatch = 20\nlearning_rate = 0.01\nmeasure_every = 99\nepochs = {}\n",
                    GetParam().model, epochs),
        "tiny");
    config.set("data.name", path("halves"));
    return config;
  }
  models::Run trained(const Config& config, const char* name = "run") const {
    train_run(config, folder / name);
    return models::Run::open(folder / name);
  }
  /// Of samples, how much brighter the upper half is than the lower: [n].
  static at::Tensor upper_over_lower(const at::Tensor& samples) {
    const auto rows = samples.reshape({samples.size(0), 2, 8}).mean(2);
    return rows.select(1, 0) - rows.select(1, 1);
  }
};

TEST_P(ConditionalFlows, SampleTheLabelAndTellTheClass) {
  const auto run = trained(tiny(12));
  auto config = run.config;
  EXPECT_EQ(config.get_int("model.classes", 0, {}), 2) << "as many as there are labels";
  EXPECT_TRUE(run.model.name.starts_with("conditional ")) << run.model.name;
  const auto& sampler = *run.model.sampler;
  EXPECT_EQ(sampler.classes, 2);
  EXPECT_EQ(sampler.pictures, 64);
  for (const std::int64_t label : {0, 1}) {
    const models::SampleOptions options{.labels = at::full({1}, label, at::kLong)};
    const auto brighter = upper_over_lower(sampler.sample(40, options, nn::generator(1))).mean();
    EXPECT_EQ(brighter.item<double>() > 0, label == 0) << brighter.item<double>();
    const auto walk = upper_over_lower(interpolate(run, 4, 5, nn::generator(1), options)).mean();
    EXPECT_EQ(walk.item<double>() > 0, label == 0);
  }
  const auto z = normal({2, 16}, 1);
  EXPECT_TRUE(
      identical(sampler.decode_all(z, {}), sampler.decode_all(z, {.labels = at::tensor({0, 1}, at::kLong)})))
      << "classes in turn";

  const auto scores = score(run, path("halves") + ":test");
  ASSERT_TRUE(scores.classes);
  EXPECT_GT(scores.classes->accuracy.value, 0.9);
  EXPECT_EQ(scores.log_prob, run.model.outputs.log_prob(run.load(path("halves") + ":test")));
  EXPECT_FALSE(run.model.outputs.log_det || run.model.outputs.log_prob_latent);
}

TEST_P(ConditionalFlows, PofXIsTheMixtureOfItsClasses) {
  const auto run = trained(tiny(1));
  const auto set = run.examples(path("halves") + ":test");
  const auto all = models::class_log_prob(*run.model.density->flow, set.values);
  ASSERT_EQ(all.sizes(), (at::IntArrayRef{40, 2}));
  EXPECT_GT((all.select(1, 0) - all.select(1, 1)).abs().max().item<double>(), 1e-4) << "the label counts";
  const auto expected = all.exp().mean(1).log();
  EXPECT_LT(difference(ood::tensor_of(run.model.outputs.log_prob(set.values)), expected), 1e-9);

  const auto scores = score(run, path("halves") + ":test");
  const auto given = all.gather(1, set.labels.unsqueeze(1)).squeeze(1);
  EXPECT_LT(difference(ood::tensor_of(scores.classes->given_label), given), 1e-9);
  EXPECT_LT(difference(scores.classes->posterior.sum(1), at::ones({40}, at::kDouble)), 1e-12);
  const auto json = to_json(scores);
  EXPECT_NEAR(json["given_label"]["mean"].get<double>(), given.mean().item<double>(), 1e-9);
  EXPECT_TRUE(json["given_label"]["bits_per_dim"].is_number() && json["bits_per_dim"].is_number());
  EXPECT_EQ(to_tables(scores).size(), 2u);

  write_scores(folder / "s.npy", scores);
  EXPECT_EQ(data::read_npy(folder / "s.npy").shape, (std::vector<std::int64_t>{40, 3}));
  write_scores(folder / "s.csv", scores);
  EXPECT_TRUE(
      read_file(folder / "s.csv")
          .starts_with("image,log_prob_nats,bits_per_dim,label,log_prob_given_label_nats,p_0,p_1\n0,"));
}

TEST_P(ConditionalFlows, StoppedTheyContinueBitForBit) {
  trained(tiny(3), "whole");
  trained(tiny(1), "stopped");
  resume_run(folder / "stopped", {"train.epochs=3"});
  for (const char* file :
       {"checkpoints/last.safetensors", "checkpoints/best.safetensors", "samples/epoch_003.npy"})
    EXPECT_EQ(read_file(folder / "whole" / file), read_file(folder / "stopped" / file)) << file;
}

TEST_P(ConditionalFlows, GoWhereverRunsGo) {
  const auto run = trained(tiny(1));
  const auto images = run.load(path("halves") + ":test");
  models::export_run(run, folder / "w.safetensors");
  models::import_run(tiny(), folder / "w.safetensors", folder / "imported");
  EXPECT_EQ(models::Run::open(folder / "imported").model.outputs.log_prob(images),
            run.model.outputs.log_prob(images));
  EXPECT_LT(models::round_trip(*run.model.density, images).float64, 1e-6);
  const auto report = read_file(write_report(run));
  EXPECT_NE(report.find("Samples at several temperatures"), std::string::npos);
  EXPECT_EQ(report.find("Not shown"), std::string::npos);
  EXPECT_NE(report.find("An image of every class"), std::string::npos);
  EXPECT_TRUE(benchmark(tiny(), {.steps = 1, .data = path("halves") + ":test"}).sample_images_per_s);
  const auto likelihood = detection::make_detector("likelihood", detection::ood_outputs(run, {}));
  likelihood->fit(images);
  EXPECT_EQ(likelihood->score(images).size(), 40u);
}

TEST_P(ConditionalFlows, RefuseInOneLine) {
  auto config = tiny(1);
  config.set("model.classes", std::int64_t{5});
  const auto run = trained(config);
  const auto draw = [&](std::int64_t label) {
    run.model.sampler->sample(3, {.labels = at::full({1}, label, at::kLong)}, nn::generator(1));
  };
  EXPECT_NO_THROW(draw(4));
  expect_usage([&] { draw(5); }, "label 5: the model knows the classes 0 to 4");
  expect_usage([&] { draw(-1); }, "label -1: the model knows the classes 0 to 4");
  const auto images = run.load(path("halves") + ":test");
  const auto x = images.flatten(1).to(at::kFloat).div(255);
  auto& flow = *run.model.density->flow;
  expect_says([&] { flow.log_prob(flow.as_event(x)); }, "[flow] expected a condition [40, 5], got none");

  write_idx("more/train-images-idx3-ubyte", images.squeeze(1));
  write_idx("more/train-labels-idx1-ubyte", at::arange(40));
  const auto scores = score(run, path("more"));
  EXPECT_FALSE(scores.classes->labels.defined()) << "of which most are no classes of the model";
  EXPECT_TRUE(std::isfinite(scores.mean.value));
  EXPECT_EQ(to_json(scores)["given_label"], (Json{{"classes", 5}}));
  expect_says([&] { to_tables(scores); }, "no error");

  config.set("data.name", path("more"));
  config.set("data.held_out=split");
  expect_usage([&] { train_run(config, folder / "refused"); }, "has labels up to 39, set it to 40");
  write<std::uint8_t>("plain.npy", images);
  config.set("data.name", path("plain.npy"));
  expect_says([&] { train_run(config, folder / "refused"); }, "takes a labelled set");
}

INSTANTIATE_TEST_SUITE_P(Runs, ConditionalFlows, ::testing::ValuesIn(conditional_flows),
                         [](const auto& one) { return one.param.name; });

TEST(Conditional, OtherModelsTakeNoLabel) {
  auto config = Config::parse("[model]\nkind = \"realnvp\"\nheight = 2\nwidth = 2\nhidden = 4\n", "plain");
  const auto model = models::make_model(config);
  const models::SampleOptions labelled{.labels = at::full({1}, 3, at::kLong)};
  expect_usage([&] { model.sampler->sample(2, labelled, nn::generator(1)); },
               "a label is for a conditional model");
  auto latent = Config::parse("[model]\nkind = \"latent-realnvp\"\nconditional = true\n", "latent");
  expect_usage([&] { models::make_model(latent); }, "flows of codes take no condition, set it to false");
}

}  // namespace
}  // namespace pushforward::runs
