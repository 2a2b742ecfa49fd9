#include "pushforward/train/run_folder.h"

#include <cmath>

#include "pushforward/checkpoint/restore.h"
#include "pushforward/core/error.h"
#include "pushforward/core/file.h"

namespace pushforward::train {
namespace {

constexpr const char* progress_key = "progress";

checkpoint::Metadata metadata(const RunState& progress) {
  Json json{{"step", progress.step}, {"epoch", progress.epoch}, {"batch", progress.batch}};
  json["best"] = progress.best ? Json(*progress.best) : Json(nullptr);
  json["sums"] = Json::object();
  for (const auto& [name, sum] : progress.sums) json["sums"][name] = sum;
  return {{progress_key, to_text(json)}};
}

RunState parse(const checkpoint::File& file) {
  const auto found = file.metadata.find(progress_key);
  if (found == file.metadata.end())
    throw fail("{}: not a training checkpoint, it does not say how far it is", file.path);
  try {
    const auto json = Json::parse(found->second);
    RunState progress{.step = json.at("step"),
                      .epoch = json.at("epoch"),
                      .batch = json.at("batch"),
                      .best = {},
                      .sums = {}};
    if (!json.at("best").is_null()) progress.best = json.at("best").get<double>();
    for (const auto& [name, sum] : json.at("sums").items())  // JSON has null for what is not finite.
      progress.sums.emplace_back(name, sum.is_null() ? std::nan("") : sum.get<double>());
    return progress;
  } catch (const Json::exception& error) {
    throw fail("{}: damaged progress: {}", file.path, error.what());
  }
}

}  // namespace

RunFolder RunFolder::create(const std::filesystem::path& path) {
  RunFolder run(path);
  for (const auto& folder : {path, path / "checkpoints", run.samples(), run.plots()}) make_folder(folder);
  return run;
}

RunFolder RunFolder::open(const std::filesystem::path& path) {
  RunFolder run(path);
  if (!std::filesystem::is_directory(path)) throw fail("no run at {}: no such folder", path.string());
  if (!std::filesystem::is_regular_file(run.config()))
    throw fail("no run at {}: it has no config.toml (a run is a folder that `pushforward train` made)",
               path.string());
  return run;
}

Lock RunFolder::lock() const {
  return {path_ / ".lock", fmt::format("{} is being trained", path_.string())};
}

void RunFolder::begin(nn::Trainable& model, const std::string& config_text) const {
  save_last(model, {});
  write_file(metrics(), "");
  write_file(config(), config_text);
}

void RunFolder::save_last(nn::Trainable& model, const RunState& progress) const {
  checkpoint::save(last(), model.state(), metadata(progress));
}

void RunFolder::save_best(nn::Trainable& model, const RunState& progress) const {
  checkpoint::save(best(), model.weights(), metadata(progress));
}

RunState RunFolder::resume(nn::Trainable& model) const {
  for (const auto& path : {config(), metrics(), last(), best()}) remove_leftovers(path);
  const auto file = checkpoint::load(last());
  const auto progress = parse(file);
  checkpoint::restore(file, model.state(), "the run's model and optimiser");
  return progress;
}

}  // namespace pushforward::train
