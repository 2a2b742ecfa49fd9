// A run from its configuration to its last checkpoint.
#pragma once

#include <filesystem>

#include "pushforward/core/config.h"

namespace pushforward::runs {

/// Trains what `config` describes into the run folder `out`. Beside what train::fit writes there are, every
/// train.measure_every epochs, pictures of what the model does (samples/epoch_001.png and a film of one that
/// draws samples, samples/reconstructions_001.png of one that brings images back) and its plots
/// (plots/curves.png, …). Throws as train::fit, and UsageError when `out` already holds a run.
void train_run(Config config, const std::filesystem::path& out);

/// Continues the run in `out`, bit for bit. `overrides` are key=value as for --set; how many
/// epochs there are and how often it is looked at may change, what would change its steps is refused with the
/// list of differences.
void resume_run(const std::filesystem::path& out, const std::vector<std::string>& overrides);

}  // namespace pushforward::runs
