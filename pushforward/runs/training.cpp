#include "pushforward/runs/training.h"

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/random.h"
#include "pushforward/data/loader.h"
#include "pushforward/detection/unseen.h"
#include "pushforward/models/run.h"
#include "pushforward/runs/curves.h"
#include "pushforward/runs/fid_monitor.h"
#include "pushforward/runs/gallery.h"
#include "pushforward/runs/sample_monitor.h"
#include "pushforward/train/fit.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::runs {
namespace {

/// What a model is trained on, and what it is never trained on.
struct Split {
  data::Loader batches;
  std::optional<data::Loader> held_out;
  models::Examples unseen;  // of the held-out examples; all where nothing is held out
  at::Tensor seen;          // some it is trained on, as a batch; undefined where nothing is held out
};

Split split(const Config& config, const models::Examples& set, bool flatten) {
  const auto settings = models::read_train(config);
  const data::LoaderOptions training{.batch = settings.batch,
                                     .shuffle = models::read_data(config).shuffle,
                                     .flatten = flatten,
                                     .seed = settings.seed},
      evaluation{.batch = 512, .shuffle = false, .flatten = flatten};
  auto [trained, held_out] = detection::divide(config, set);
  const auto few = std::min(trained.rows.size(), static_cast<std::size_t>(Monitor::critic_examples));
  auto seen = data::gather(set.values, std::span(trained.rows).first(few), flatten);
  data::Loader batches(set.values, std::move(trained.rows), training, set.labels);
  if (held_out.rows.empty()) return {std::move(batches), {}, set, {}};
  auto unseen = held_out.chosen();
  return {std::move(batches), data::Loader(unseen.values, evaluation, unseen.labels), std::move(unseen),
          std::move(seen)};
}

/// What samples are compared with: unseen images as they were before any resizing, as `pushforward fid` takes
/// them, so that models of different sizes compare. (But pixels compare at one size only, the samples', and
/// pictures of a folder may be of many.)
models::Examples originals(Config config, const models::Examples& unseen) {
  const auto data = models::read_data(config);
  if (data.resize == 0 || unseen.shape.points() || data.set.kind() == data::SpecKind::image_folder ||
      models::read_train(config).fid_features == "pixels")
    return unseen;
  config.set("data.resize", std::int64_t{0});
  const auto set = models::load_examples(data.set);
  const auto held_out = detection::divide(config, set).held_out;
  return held_out.rows.empty() ? set : held_out.chosen();
}

UsageError already_a_run(const std::filesystem::path& out) {
  return usage("{} already holds a run: continue it with --resume, or choose another --out", out.string());
}

/// What a run is trained on must be what it was.
void expect_same_data(const train::RunFolder& folder, const models::RunData& now,
                      const models::Examples& set) {
  const auto was = models::read_data_record(folder.data());
  if (!was) return;
  models::expect_unchanged(was->set, set, folder.path().string());
  if (was->test && (!now.test || was->test->sha256 != now.test->sha256))
    throw fail(
        "{} was trained on {}, and the test split that it held out is other than it was: restore it, or "
        "train another run",
        folder.path().string(), was->test->name);
}

void train_in(Config& config, const std::filesystem::path& out, bool resume) {
  const auto [set, model] = models::prepare(config);
  const auto data = models::data_of(config, set);
  if (resume) expect_same_data(train::RunFolder::open(out), data, set);
  const auto settings = models::read_train(config);
  auto [batches, held_out, unseen, seen] = split(config, set, model.training.vectors);
  std::optional<FidMonitor> fid;
  if (settings.fid_every > 0) {
    if (!model.sampler)
      throw usage("train.fid_every: {} draws no samples to measure FID of, set it to 0", model.name);
    fid.emplace(originals(config, unseen), set.shape, settings.fid_features);
    say("{}", fid->text());
  }
  const auto folder = resume ? train::RunFolder::open(out) : train::RunFolder::create(out);
  std::optional<Lock> lock;
  if (!resume) {
    lock.emplace(folder.lock());
    if (std::filesystem::exists(folder.config())) throw already_a_run(out);  // since train_run looked
  }
  const models::Run run{.folder = folder, .config = config, .model = model, .data = data};
  const auto step = model.training.make();
  if (resume) {
    write_file(folder.config(), config.resolved());
  } else {
    models::write_data(folder.data(), data);
    folder.begin(*step, config.resolved());
  }
  train::FitOptions options{.epochs = settings.epochs,
                            .schedule = settings.schedule,
                            .best_by = model.training.best_by,
                            .precision = settings.precision,
                            .checkpoint_seconds = settings.checkpoint_seconds,
                            .resume = resume};
  const auto samples = [&](const char* purpose, std::uint64_t counter = 0) {
    return nn::generator(stream_key(settings.seed, purpose, counter));
  };
  const auto looks = [&](const train::Epoch& epoch) {
    return epoch.epoch % settings.measure_every == 0 || epoch.epoch == settings.epochs;
  };
  std::optional<Monitor> monitor;
  if (model.training.monitored) monitor.emplace(unseen, seen);
  options.measure = [&](const train::Epoch& epoch) {
    const auto number = static_cast<std::uint64_t>(epoch.epoch);
    nn::Scalars measured;
    if (fid && epoch.epoch % settings.fid_every == 0) measured = fid->measure(*step, samples("fid", number));
    if (monitor && looks(epoch))
      for (auto& scalar : monitor->measure(*step, samples("monitor", number)))
        measured.push_back(std::move(scalar));
    return measured;
  };
  if (fid && options.best_by.empty()) {
    options.best_by = "fid";
    options.best_is_least = true;
  }
  const auto on_epoch = [&](const train::Epoch& epoch) {
    if (!looks(epoch)) return;
    if (model.codec)
      report::write_png(folder.samples() / fmt::format("reconstructions_{:03}.png", epoch.epoch),
                        reconstructions(run, unseen.values.slice(0, 0, 32)));
    const auto drawn =
        model.sampler ? step->sample(model.sampler->pictures, samples("sample")) : at::Tensor();
    if (drawn.defined()) keep_epoch(run, epoch.epoch, drawn);
    if (const auto made = film(run)) {
      report::write_png(folder.samples() / "film.png", made->strip);
      made->animation.write(folder.samples() / "film.webp");
    }
    if (model.training.monitored && !model.shape.points())
      report::write_png(folder.samples() / "walks.png", walks(run));
    const auto metrics = train::read_metrics(folder.metrics());
    save_curves(folder, panels(model), metrics);
    for (const auto& sentence : model.verdict(metrics)) say("! {}", sentence);
  };
  say("{}: {} of {}, {} held out; {} parameters; run {}", set.spec.text(), batches.examples(),
      set.shape.text(), held_out ? held_out->examples() : 0, model.parameters, folder.path().string());
  train::fit(*step, batches, held_out ? &*held_out : nullptr, options, &folder, on_epoch);
}

/// Whether a run may be resumed with this setting changed: one that says how long it goes on or how often it
/// is looked at, not what its steps compute. Values of FID on other features do not compare, so the extractor
/// may be chosen only while there are none.
bool may_change(const std::string& key, const models::TrainSettings& before) {
  if (key == "train.fid_features") return before.fid_every == 0;
  return key == "train.epochs" || key == "train.fid_every" || key == "train.measure_every" ||
         key == "train.checkpoint_seconds";
}

}  // namespace

void train_run(Config config, const std::filesystem::path& out) {
  if (std::filesystem::exists(out / "config.toml")) throw already_a_run(out);
  train_in(config, out, false);
}

void resume_run(const std::filesystem::path& out, const std::vector<std::string>& overrides) {
  const auto folder = train::RunFolder::open(out);
  const auto lock = folder.lock();
  auto config = Config::load(folder.config());
  const auto before = config;
  for (const auto& assignment : overrides) config.set(assignment);
  const auto settings = models::read_train(before);
  std::vector<std::string> refused;
  for (const auto& difference : config.differences(before))
    if (!may_change(difference.key, settings)) refused.push_back(difference.text());
  if (!refused.empty())
    throw usage("cannot resume {} with other settings: {}", out.string(), fmt::join(refused, "; "));
  train_in(config, out, true);
}

}  // namespace pushforward::runs
