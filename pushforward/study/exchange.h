// Weights from and to PyTorch.
#pragma once

#include <filesystem>

#include "pushforward/study/run.h"

namespace pushforward::study {

/// Makes a run in `out` from weights in PyTorch's names and shapes (Model::exported).
void import_run(Config config, const std::filesystem::path& weights, const std::filesystem::path& out);

/// Writes the run's weights in those names and shapes.
void export_run(const Run& run, const std::filesystem::path& weights);

}  // namespace pushforward::study
