// Samples as pictures.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>

#include "pushforward/nn/module.h"
#include "pushforward/report/grid.h"

namespace pushforward::study {

/// uint8 [n, C, H, W] as a grid; the picture's pixels are multiples of the images'.
report::Image grid(const at::Tensor& pixels);
void write_grid(const std::filesystem::path& path, const at::Tensor& pixels);

/// Trained numbers in a model.
std::int64_t parameter_count(const nn::Module& model);

}  // namespace pushforward::study
