// metrics.jsonl: one JSON document per line, a line per step and per epoch.
#pragma once

#include <filesystem>
#include <vector>

#include "pushforward/core/file.h"
#include "pushforward/core/json.h"
#include "pushforward/train/fit.h"

namespace pushforward::train {

/// {"step": 17, "epoch": 0.045, "learning_rate": 0.001, "log_likelihood": 812.4, "seconds": 1.02} after every
/// update, and {"step": 375, "epoch": 1, "seconds": …, "train": {…}, "held_out": {…}, "measured": {…}} after
/// every epoch. All seconds are of training, over resumptions.
class MetricsLog {
 public:
  /// Lines past `step` (written after the checkpoint that is resumed from) are cut off first.
  MetricsLog(const std::filesystem::path& path, std::int64_t step);

  void step(std::int64_t step, double epoch, double learning_rate, double seconds,
            const nn::Scalars& scalars);
  void epoch(const Epoch& epoch);

 private:
  LineFile file_;
};

/// All lines; a last line cut short by a kill is left out. Throws Error for others that are not JSON.
std::vector<Json> read_metrics(const std::filesystem::path& path);

}  // namespace pushforward::train
