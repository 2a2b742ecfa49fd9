// Work over pixels in blocks that do not depend on the number of threads.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

namespace pushforward::ops {

constexpr std::int64_t pixels_of_a_block = 512;

inline std::int64_t blocks_of(std::int64_t pixels) {
  return (pixels + pixels_of_a_block - 1) / pixels_of_a_block;
}

/// Calls work(block, first pixel, pixels) on all threads. A sum kept by block is the same bytes whatever
/// their number.
template <typename Work>
void for_blocks(std::int64_t pixels, const Work& work) {
  at::parallel_for(0, blocks_of(pixels), 1, [&](std::int64_t first, std::int64_t last) {
    for (auto block = first; block < last; ++block) {
      const auto begin = block * pixels_of_a_block;
      work(block, begin, std::min(pixels_of_a_block, pixels - begin));
    }
  });
}

}  // namespace pushforward::ops
