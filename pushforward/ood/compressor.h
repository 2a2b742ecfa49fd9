// How short images can be written down.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace pushforward::ood {

/// One image, [channels, height, width].
struct Pixels {
  std::span<const std::uint8_t> values;
  std::int64_t channels = 1, height = 0, width = 0;
};

/// A line of the table of compressors.
struct Compressor {
  std::string_view name;
  const char* summary;
  double (*nats)(const Pixels& image);  ///< the length of the compressed image, 8 ln 2 nats a byte
};

/// deflate: zlib at level 9 on the pixels as they are stored. filtered: the same on what PNG's predictors
/// leave of them, for each row that of the five filters with the smallest sum of absolute values, as PNG's
/// specification advises (section 12.8). context: an adaptive model of each pixel's eight bits given the
/// neighbours to the left and above, quantised, and the bits before; the length is that of an ideal
/// arithmetic coder (Rissanen and Langdon 1981), Σ −ln q, with Krichevsky and Trofimov's estimate q of each
/// bit.
const std::vector<Compressor>& compressors();

/// Throws UsageError for an unknown name, with the nearest known one.
const Compressor& compressor(std::string_view name);

}  // namespace pushforward::ood
