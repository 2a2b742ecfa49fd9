#include "pushforward/ops/pooled_responses.h"

#include <algorithm>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

constexpr std::int64_t lanes = 32;  // filters at a time
constexpr std::int64_t block = 2;   // pixels at a time: as many sums as registers hold

struct Sizes {
  std::int64_t channels, height, width, side;

  std::int64_t taps() const { return channels * side * side; }
  std::int64_t padded_height() const { return height + side - 1; }
  std::int64_t padded_width() const { return (width + block - 1) / block * block + side - 1; }
};

/// Responses of `lanes` filters, weights [taps, lanes], to a row of the padded image [C, H', W'] whose first
/// tap is at `image`: [W, lanes], nothing below 0.
PF_SIMD_CLONES void respond(const float* __restrict image, const Sizes& s, const float* __restrict weights,
                            float* __restrict row) {
  const auto plane = s.padded_height() * s.padded_width();
  for (std::int64_t x = 0; x < s.width; x += block) {
    float sums[block][lanes] = {};
    const float* w = weights;
    for (std::int64_t c = 0; c < s.channels; ++c)
      for (std::int64_t ky = 0; ky < s.side; ++ky) {
        const float* from = image + c * plane + ky * s.padded_width() + x;
        for (std::int64_t kx = 0; kx < s.side; ++kx, w += lanes)
          for (std::int64_t p = 0; p < block; ++p)
            for (std::int64_t f = 0; f < lanes; ++f) sums[p][f] += from[kx + p] * w[f];
      }
    for (std::int64_t p = 0; p < block && x + p < s.width; ++p)
      for (std::int64_t f = 0; f < lanes; ++f) row[(x + p) * lanes + f] = std::max(0.0F, sums[p][f]);
  }
}

/// sum[f] += row[x][f] over x in [begin, end).
PF_SIMD_CLONES void add_pixels(const float* __restrict row, std::int64_t begin, std::int64_t end,
                               float* __restrict sum) {
  for (std::int64_t x = begin; x < end; ++x)
    for (std::int64_t f = 0; f < lanes; ++f) sum[f] += row[x * lanes + f];
}

/// The pixels [begin, end) of cell i.
struct Cell {
  Cell(std::int64_t i, std::int64_t cells, std::int64_t pixels)
      : begin(i * pixels / cells), end(((i + 1) * pixels + cells - 1) / cells) {}
  std::int64_t begin, end;
};

/// Filters [F, C, k, k] → [⌈F / lanes⌉, taps, lanes], what is left over 0.
std::vector<float> laid_out(const at::Tensor& filters, std::int64_t taps) {
  const auto count = filters.size(0), blocks = (count + lanes - 1) / lanes;
  std::vector<float> weights(static_cast<std::size_t>(blocks * taps * lanes), 0.0F);
  const auto plain = filters.contiguous();
  const float* from = plain.data_ptr<float>();
  for (std::int64_t f = 0; f < count; ++f)
    for (std::int64_t t = 0; t < taps; ++t)
      weights[static_cast<std::size_t>((f / lanes * taps + t) * lanes + f % lanes)] = from[f * taps + t];
  return weights;
}

void expect_shapes(const at::Tensor& images, const at::Tensor& filters, std::int64_t cells) {
  PF_CHECK(
      images.dim() == 4 && images.scalar_type() == at::kFloat && filters.dim() == 4 &&
          filters.scalar_type() == at::kFloat && filters.size(1) == images.size(1) &&
          filters.size(2) == filters.size(3) && filters.size(2) % 2 == 1,
      "[pooled_responses] expected float32 images [N, C, H, W] and filters [F, C, k, k] of odd k, got {} "
      "[{}] and {} [{}]",
      images.toString(), fmt::join(images.sizes(), ", "), filters.toString(),
      fmt::join(filters.sizes(), ", "));
  PF_CHECK(cells >= 1 && images.size(2) >= 1 && images.size(3) >= 1,
           "[pooled_responses] expected at least 1 cell and 1 pixel, got {} and {}×{}", cells, images.size(2),
           images.size(3));
}

}  // namespace

at::Tensor pooled_responses(const at::Tensor& images, const at::Tensor& filters, std::int64_t cells) {
  expect_shapes(images, filters, cells);
  const auto n = images.size(0), count = filters.size(0), squares = cells * cells;
  const Sizes s{images.size(1), images.size(2), images.size(3), filters.size(2)};
  const auto weights = laid_out(filters, s.taps());
  const auto plain = images.contiguous();
  auto out = at::empty({n, count * squares}, at::kFloat);
  std::vector<float> padded(static_cast<std::size_t>(s.channels * s.padded_height() * s.padded_width()),
                            0.0F),
      row(static_cast<std::size_t>(s.width * lanes)), sums(static_cast<std::size_t>(squares * lanes));
  std::vector<float> share;  // of a cell, of each of its pixels
  for (std::int64_t cell = 0; cell < squares; ++cell) {
    const Cell rows(cell / cells, cells, s.height), columns(cell % cells, cells, s.width);
    share.push_back(1 / static_cast<float>((rows.end - rows.begin) * (columns.end - columns.begin)));
  }
  for (std::int64_t i = 0; i < n; ++i) {
    const float* from = plain.data_ptr<float>() + i * s.channels * s.height * s.width;
    for (std::int64_t c = 0; c < s.channels; ++c)
      for (std::int64_t y = 0; y < s.height; ++y, from += s.width)
        std::copy_n(from, s.width,
                    padded.data() + (c * s.padded_height() + y + s.side / 2) * s.padded_width() + s.side / 2);
    for (std::int64_t first = 0; first < count; first += lanes) {
      std::ranges::fill(sums, 0.0F);
      for (std::int64_t y = 0; y < s.height; ++y) {
        respond(padded.data() + y * s.padded_width(), s, weights.data() + first * s.taps(), row.data());
        for (std::int64_t a = 0; a < cells; ++a) {
          const Cell rows(a, cells, s.height);
          if (y < rows.begin || y >= rows.end) continue;
          for (std::int64_t b = 0; b < cells; ++b) {
            const Cell columns(b, cells, s.width);
            add_pixels(row.data(), columns.begin, columns.end, sums.data() + (a * cells + b) * lanes);
          }
        }
      }
      float* to = out.data_ptr<float>() + (i * count + first) * squares;
      for (std::int64_t f = 0; f < std::min(lanes, count - first); ++f)
        for (std::int64_t cell = 0; cell < squares; ++cell)
          to[f * squares + cell] =
              sums[static_cast<std::size_t>(cell * lanes + f)] * share[static_cast<std::size_t>(cell)];
    }
  }
  return out;
}

namespace reference {

at::Tensor pooled_responses(const at::Tensor& images, const at::Tensor& filters, std::int64_t cells) {
  expect_shapes(images, filters, cells);
  const auto responses = at::conv2d(images, filters, {}, 1, filters.size(2) / 2).relu_();
  return at::adaptive_avg_pool2d(responses, {cells, cells}).flatten(1);
}

}  // namespace reference
}  // namespace pushforward::ops
