#include "pushforward/study/training.h"

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/random.h"
#include "pushforward/data/load.h"
#include "pushforward/data/loader.h"
#include "pushforward/study/curves.h"
#include "pushforward/study/model_size.h"
#include "pushforward/study/run.h"
#include "pushforward/study/samples.h"
#include "pushforward/train/fit.h"

namespace pushforward::study {
namespace {

constexpr std::int64_t grid_samples = 64;

void train_in(Config& config, const std::filesystem::path& out, bool resume) {
  const auto data = read_data(config);
  auto images = data::load_images(data.name);
  for (const auto& [key, size] : {std::pair{"model.channels", images.channels},
                                  {"model.height", images.height},
                                  {"model.width", images.width}})
    if (!config.has(key)) config.set(key, size);
  const auto shape = read_shape(config);
  const auto settings = read_train(config);
  const auto model = make_model(config);
  config.check_all_read();
  const auto folder = resume ? train::RunFolder::open(out) : train::RunFolder::create(out);
  const Run run{.folder = folder, .config = config, .shape = shape, .model = model};

  const auto tensor = run.images(std::move(images));
  auto [train, held_out] = training_split(config, tensor.size(0));
  data::Loader batches(tensor, std::move(train), {.batch = settings.batch, .seed = settings.seed});
  std::optional<data::Loader> validation;
  if (!held_out.empty())
    validation.emplace(tensor, std::move(held_out), data::LoaderOptions{.batch = 512, .shuffle = false});

  nn::MaximumLikelihood step(model, settings.step);
  if (resume)
    write_file(folder.config(), config.resolved());
  else
    folder.begin(step, config.resolved());
  const train::FitOptions options{.epochs = settings.epochs,
                                  .schedule = settings.schedule,
                                  .checkpoint_seconds = settings.checkpoint_seconds,
                                  .resume = resume};
  const auto on_epoch = [&](const train::Epoch& epoch) {
    const auto samples = step.sample(grid_samples, nn::generator(stream_key(settings.seed, "sample")));
    write_grid(folder.samples() / fmt::format("epoch_{:03}.png", epoch.epoch), run.pixels(samples));
    save_curves(folder);
  };
  say("{}: {} images of {}, {} held out; {} parameters; run {}", data.name, batches.examples(), shape.text(),
      validation ? validation->examples() : 0, parameter_count(*model), folder.path().string());
  train::fit(step, batches, validation ? &*validation : nullptr, options, &folder, on_epoch);
}

}  // namespace

void train_run(Config config, const std::filesystem::path& out) {
  if (std::filesystem::exists(out / "config.toml"))
    throw usage("{} already holds a run: continue it with --resume, or choose another --out", out.string());
  train_in(config, out, false);
}

void resume_run(const std::filesystem::path& out, const std::vector<std::string>& overrides) {
  const auto folder = train::RunFolder::open(out);
  auto config = Config::load(folder.config());
  const auto before = config;
  for (const auto& assignment : overrides) config.set(assignment);
  std::vector<std::string> differences;
  for (const auto& difference : config.differences(before))
    if (!difference.starts_with("train.epochs ")) differences.push_back(difference);
  if (!differences.empty())
    throw usage("cannot resume {} with other settings: {}", out.string(), fmt::join(differences, "; "));
  train_in(config, out, true);
}

}  // namespace pushforward::study
