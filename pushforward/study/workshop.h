// Where the steps of the study work, and what they leave there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pushforward/core/json.h"
#include "pushforward/models/run.h"
#include "pushforward/report/texts.h"

namespace pushforward::study {

struct Options {
  std::filesystem::path out = "study";
  bool quick = false;  // shortened runs
  std::uint64_t seed = 0;
  std::string language = "en";
  std::string precision = {};  // of the products of every run, as train.precision; empty: as presets say
};

/// A run of the study: a preset, and key=value settings above it.
struct Training {
  std::string preset;
  std::vector<std::string> settings = {};        // of the full study
  std::vector<std::string> quick_settings = {};  // of the quick one
};

/// OUT: runs/NAME, a run each; found/STEP.json, what a step measured; lab/EXPERIMENT, what an experiment
/// says; study.html.
class Workshop {
 public:
  explicit Workshop(Options given) : options(std::move(given)), texts(report::Texts::of(options.language)) {}

  /// Trains runs/NAME to its end: goes on with one that was begun. Throws Error for one that was begun with
  /// another seed or on another share of the images.
  void train(const std::string& name, const Training& training) const;
  std::filesystem::path folder(const std::string& name) const { return options.out / "runs" / name; }
  /// The folder of a run that a step has trained. Throws Error where it has not.
  std::filesystem::path trained(const std::string& name) const;
  models::Run open(const std::string& name) const { return models::Run::open(trained(name)); }

  /// Keeps what a step measured, whole or not at all.
  void keep(const std::string& step, const Json& found) const;
  bool has(const std::string& step) const;
  /// What it kept. Throws Error where there is nothing.
  Json found(const std::string& step) const;

  /// What train and keep have left since begin(): "runs/NAME", "found/STEP.json".
  void begin() const { made_.clear(); }
  const std::vector<std::string>& made() const { return made_; }
  /// Whether such a thing is there, and can be read as far as a look tells.
  bool is_there(const std::string& name) const;

  /// The images that models are to know.
  static inline const std::string familiar = "fashion-mnist:test";
  /// Of the foreign image sets that detectors are judged by, those that are here, and the clothes changed.
  static std::vector<std::string> foreign();

  const Options options;
  const report::Texts& texts;

 private:
  mutable std::vector<std::string> made_;
};

}  // namespace pushforward::study
