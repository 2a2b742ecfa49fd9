// General-purpose compressors as densities of images.
#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <vector>

#include "pushforward/core/json.h"
#include "pushforward/report/table.h"

namespace pushforward::runs {

/// What a code of L bits for an image of D numbers costs, L / D: as a density it is p(x) = 2^−L, and its
/// −log₂ p / D compares with a model's bits/dim.
struct CodecRate {
  std::string codec;
  std::optional<double> alone;     // bits/dim, of each image by itself, without what every file has alike
  std::optional<double> together;  // of all in one file, where a code learns from one image for the next
};

struct CodecRates {
  std::int64_t images = 0;
  std::vector<CodecRate> rates;
};

/// The codecs that are linked anyway, on the first images uint8 [N, C, H, W]: a square number of them, up to
/// 2,500 or 4 million numbers. Together they are one below the other for zlib, LZMA and the context code, and
/// a mosaic for PNG and WebP. Throws Interrupted after Ctrl-C, between two codecs at the latest.
CodecRates codec_rates(const at::Tensor& images);

/// With the model's own bits/dim of the same images, where it has such.
report::Table to_table(const CodecRates& codecs, const std::string& data, const std::string& model,
                       std::optional<double> model_rate);
Json to_json(const CodecRates& codecs);

}  // namespace pushforward::runs
