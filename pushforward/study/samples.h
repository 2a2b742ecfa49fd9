// Samples as pictures.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>

#include "pushforward/report/grid.h"

namespace pushforward::study {

/// uint8 [n, C, H, W] as a grid; the picture's pixels are multiples of the images'.
report::Image grid(const at::Tensor& pixels);
void write_grid(const std::filesystem::path& path, const at::Tensor& pixels);

}  // namespace pushforward::study
