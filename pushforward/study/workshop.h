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

  /// Trains runs/NAME to its end: goes on with one that was begun.
  void train(const std::string& name, const Training& training) const;
  std::filesystem::path folder(const std::string& name) const { return options.out / "runs" / name; }
  models::Run open(const std::string& name) const { return models::Run::open(folder(name)); }

  /// Keeps what a step measured, whole or not at all.
  void keep(const std::string& step, const Json& found) const;
  bool has(const std::string& step) const;
  /// What it kept. Throws Error where there is nothing.
  Json found(const std::string& step) const;

  /// The images that models are to know.
  static inline const std::string familiar = "fashion-mnist:test";
  /// Of the foreign image sets that detectors are judged by, those that are here, and the clothes changed.
  static std::vector<std::string> foreign();

  const Options options;
  const report::Texts& texts;
};

}  // namespace pushforward::study
