// A run from its configuration to its last checkpoint.
#pragma once

#include <filesystem>

#include "pushforward/core/config.h"

namespace pushforward::study {

/// Trains what `config` describes into the run folder `out`: a sample grid after every epoch
/// (samples/epoch_001.png, …) and plots/curves.png beside what train::fit writes. Throws as train::fit, and
/// UsageError when `out` already holds a run.
void train_run(Config config, const std::filesystem::path& out);

/// Continues the run in `out`, bit for bit. `overrides` are key=value as for --set; anything but more epochs
/// is refused with the list of differences.
void resume_run(const std::filesystem::path& out, const std::vector<std::string>& overrides);

}  // namespace pushforward::study
