// A run on disk: configuration, metrics, checkpoints, samples, plots, report.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/json.h"
#include "pushforward/core/lock.h"
#include "pushforward/nn/trainable.h"

namespace pushforward::train {

/// Where a run stands: what a checkpoint knows besides tensors.
struct RunState {
  std::int64_t step = 0;   // updates made
  std::int64_t epoch = 0;  // the next batch's
  std::int64_t batch = 0;
  std::optional<double> best;  // the best value so far of what `best` is chosen by
  nn::Scalars sums;            // of this epoch's scalars, over `batch` batches
};

/// The files of a run and nothing else; see docs/formats.md: config.toml, data.json, metrics.jsonl,
/// checkpoints/{last,best}.safetensors, samples/, plots/, report.html.
class RunFolder {
 public:
  /// Makes the folders; `begin` makes them a run.
  static RunFolder create(const std::filesystem::path& path);
  /// Throws Error for what is not a run.
  static RunFolder open(const std::filesystem::path& path);

  std::filesystem::path config() const { return path_ / "config.toml"; }
  std::filesystem::path data() const { return path_ / "data.json"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path last() const { return path_ / "checkpoints" / "last.safetensors"; }
  std::filesystem::path best() const { return path_ / "checkpoints" / "best.safetensors"; }
  std::filesystem::path samples() const { return path_ / "samples"; }
  std::filesystem::path plots() const { return path_ / "plots"; }
  std::filesystem::path report() const { return path_ / "report.html"; }
  const std::filesystem::path& path() const { return path_; }

  /// Keeps others from training in the folder, or making a run in it, until it goes. Throws Error where
  /// somebody does.
  [[nodiscard]] Lock lock() const;

  /// Writes the initial state, an empty metrics.jsonl and, last, the configuration: a folder that has one is
  /// a run that can be resumed, whenever the process is killed. A full disk is found out here.
  void begin(nn::Trainable& model, const std::string& config) const;

  /// The whole state, for resuming.
  void save_last(nn::Trainable& model, const RunState& state) const;
  /// The weights alone, for scoring and sampling.
  void save_best(nn::Trainable& model, const RunState& state) const;

  /// Restores the state that `save_last` wrote, and removes what killed processes left half written.
  RunState resume(nn::Trainable& model) const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace pushforward::train
