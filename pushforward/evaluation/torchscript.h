// Feature extractors made elsewhere: TorchScript modules.
#pragma once

#include <filesystem>
#include <memory>

#include "pushforward/evaluation/extractor.h"

namespace pushforward::evaluation {

/// The module in `path`, given images by one of `convention_names()`, resized by `mode` where that
/// resizes and has no mode of its own. Throws Error for what is not TorchScript and UsageError for an unknown
/// convention and for a mode where it does not resize or has another; extracting throws Error when the module
/// refuses its input or returns something else than the convention says.
std::unique_ptr<Extractor> torchscript_extractor(const std::filesystem::path& path,
                                                 const std::string& convention, data::ResizeMode mode = {});

}  // namespace pushforward::evaluation
