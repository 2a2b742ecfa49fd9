// Mean and covariance of features in a file that takes a side's place in a comparison.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "pushforward/evaluation/sides.h"

namespace pushforward::evaluation {

/// Whether `spec` names saved statistics: a *.safetensors, or a *.npz that holds an array mu or sigma. Throws
/// Error for a damaged .npz.
bool is_statistics(const std::string& spec);

/// What save_statistics wrote, or the .npz of pytorch-fid and clean-fid: mu [D] and sigma [D, D] (ddof 1) of
/// float32 or float64. Where the file does not say whose features they are, `stated` says it, or they are
/// values; where it does not say of how many samples, the side's count is 0. Throws Error for missing arrays,
/// other shapes, numbers that are not finite, a covariance that is not symmetric and a damaged file.
Side load_statistics(const std::string& path, const std::function<std::string()>& stated = {});

/// Mean and covariance, float64, with the count, the extractor and the name: a .safetensors file, or a .npz
/// whose mu and sigma other tools read. Throws UsageError for another ending.
void save_statistics(const std::filesystem::path& path, const Side& side);

}  // namespace pushforward::evaluation
