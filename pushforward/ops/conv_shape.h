// What every way of making a convolution is told of it.
#pragma once

#include <compare>
#include <cstdint>

namespace pushforward::ops {

/// x [n, h, w, in] → y [n, y_h, y_w, out], both channels last. Tap (a, b) of output pixel (i, j) is x at
/// (stride·i − top + dilation·a, stride·j − left + dilation·b), or zero where x has no such pixel.
struct ConvShape {
  std::int64_t n = 0, h = 0, w = 0, in = 0, out = 0;
  std::int64_t rows = 0, columns = 0, stride = 1, dilation = 1, top = 0, left = 0;
  std::int64_t y_h = 0, y_w = 0;

  auto operator<=>(const ConvShape&) const = default;
};

/// The three products of x, y and a weight, each of which makes one of them of the others.
enum class ConvProduct { forward, backward_data, backward_weight };

}  // namespace pushforward::ops
