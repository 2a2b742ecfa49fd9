// Weights from and to PyTorch.
#pragma once

#include <filesystem>

#include "pushforward/models/run.h"

namespace pushforward::models {

/// Makes a run in `out` from weights in PyTorch's names and shapes (Model::exported). A file that export_run
/// wrote says what of [model] it takes; `overrides` ("key=value") come after that. What PyTorch's wrappers
/// put before names, "module." of DataParallel and "_orig_mod." of torch.compile, is left out. Throws
/// UsageError when it holds another kind of model.
void import_run(Config config, const std::filesystem::path& weights, const std::filesystem::path& out,
                const std::vector<std::string>& overrides = {});

/// Writes the run's weights in those names and shapes, with the run's [model] settings as metadata.
void export_run(const Run& run, const std::filesystem::path& weights);

}  // namespace pushforward::models
