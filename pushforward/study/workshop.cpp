#include "pushforward/study/workshop.h"

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/data/registry.h"
#include "pushforward/models/presets.h"
#include "pushforward/models/settings.h"
#include "pushforward/runs/training.h"

namespace pushforward::study {

namespace {

std::filesystem::path found_of(const Options& options, const std::string& step) {
  return options.out / "found" / (step + ".json");
}

}  // namespace

void Workshop::train(const std::string& name, const Training& training) const {
  const auto out = folder(name);
  made_.push_back("runs/" + name);
  auto config = models::load_config(training.preset);
  config.set(fmt::format("train.seed={}", options.seed));
  if (!options.precision.empty()) config.set("train.precision=" + options.precision);
  for (const auto& setting : options.quick ? training.quick_settings : training.settings) config.set(setting);
  if (std::filesystem::exists(out / "config.toml")) {
    const auto begun = Config::load(out / "config.toml");
    if (models::read_train(begun).seed != options.seed ||
        models::read_data(begun).share != models::read_data(config).share)
      throw fail("{} was begun with another seed or on another share of the images: remove it", out.string());
    return runs::resume_run(out, {});
  }
  std::filesystem::create_directories(out.parent_path());
  runs::train_run(std::move(config), out);
}

std::filesystem::path Workshop::trained(const std::string& name) const {
  if (!is_there("runs/" + name))
    throw fail("{} is needed, and not here: see what became of the step that trains it",
               folder(name).string());
  return folder(name);
}

bool Workshop::is_there(const std::string& name) const {
  const auto path = options.out / name;
  if (name.ends_with(".json")) return std::filesystem::exists(path) && Json::accept(read_file(path));
  return std::filesystem::exists(path / "config.toml") &&
         std::filesystem::exists(train::RunFolder::open(path).last());
}

void Workshop::keep(const std::string& step, const Json& found) const {
  made_.push_back("found/" + step + ".json");
  std::filesystem::create_directories(options.out / "found");
  write_file(found_of(options, step), to_text(found, 2) + "\n");
}

bool Workshop::has(const std::string& step) const {
  return std::filesystem::exists(found_of(options, step));
}

Json Workshop::found(const std::string& step) const {
  return Json::parse(read_file(found_of(options, step)));
}

std::vector<std::string> Workshop::foreign() {
  std::vector<std::string> sets;
  for (const char* name : {"mnist", "kmnist", "kmnist-sample", "kannada-mnist", "omniglot", "notmnist"}) {
    const bool whole = std::ranges::count(sets, "kmnist:test") > 0;
    if (data::locate(name, "test") && !(whole && name == std::string("kmnist-sample")))
      sets.push_back(fmt::format("{}:test", name));
  }
  for (const char* change : {"invert", "flip", "rotate", "noise"})
    sets.push_back(fmt::format("fashion-mnist:test+{}", change));
  return sets;
}

}  // namespace pushforward::study
