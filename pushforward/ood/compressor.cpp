#include "pushforward/ood/compressor.h"

#include <zlib.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <numbers>
#include <string>

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"

namespace pushforward::ood {
namespace {

/// A stream that is set up once a thread: its tables take longer to make than an image to write.
class Deflater {
 public:
  Deflater() {
    if (deflateInit(&stream_, Z_BEST_COMPRESSION) != Z_OK) throw fail("[deflate] zlib has no memory");
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  double nats(std::span<const std::uint8_t> bytes) {
    deflateReset(&stream_);
    out_.resize(deflateBound(&stream_, bytes.size()));
    stream_.next_in = const_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = out_.data();
    stream_.avail_out = static_cast<uInt>(out_.size());
    PF_CHECK(::deflate(&stream_, Z_FINISH) == Z_STREAM_END, "[deflate] zlib failed on {} bytes",
             bytes.size());
    return static_cast<double>(stream_.total_out) * 8 * std::numbers::ln2;
  }

 private:
  z_stream stream_{};
  std::vector<std::uint8_t> out_;
};

double deflated(std::span<const std::uint8_t> bytes) {
  thread_local Deflater deflater;
  return deflater.nats(bytes);
}

double deflate_nats(const Pixels& image) {
  return deflated(image.values);
}

int paeth(int left, int up, int corner) {
  const int guess = left + up - corner;
  const int a = std::abs(guess - left), b = std::abs(guess - up), c = std::abs(guess - corner);
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

int predicted(int filter, int left, int up, int corner) {
  const std::array<int, 5> guesses = {0, left, up, (left + up) / 2, paeth(left, up, corner)};
  return guesses[static_cast<std::size_t>(filter)];
}

/// Pixels above and to the left; 0 outside.
struct Neighbours {
  int left, up, corner;
};

Neighbours neighbours(const std::uint8_t* plane, std::int64_t width, std::int64_t y, std::int64_t x) {
  const auto at = [&](std::int64_t i, std::int64_t j) {
    return i < 0 || j < 0 ? 0 : int{plane[i * width + j]};
  };
  return {at(y, x - 1), at(y - 1, x), at(y - 1, x - 1)};
}

double filtered_nats(const Pixels& image) {
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> row(static_cast<std::size_t>(image.width)), best;
  for (std::int64_t c = 0; c < image.channels; ++c) {
    const auto* plane = image.values.data() + c * image.height * image.width;
    for (std::int64_t y = 0; y < image.height; ++y) {
      std::int64_t least = -1;
      std::uint8_t chosen = 0;
      for (int filter = 0; filter < 5; ++filter) {
        std::int64_t sum = 0;
        for (std::int64_t x = 0; x < image.width; ++x) {
          const auto [left, up, corner] = neighbours(plane, image.width, y, x);
          const auto rest =
              static_cast<std::uint8_t>(plane[y * image.width + x] - predicted(filter, left, up, corner));
          row[static_cast<std::size_t>(x)] = rest;
          sum += std::abs(static_cast<std::int8_t>(rest));
        }
        if (least >= 0 && sum >= least) continue;
        least = sum;
        best = row;
        chosen = static_cast<std::uint8_t>(filter);
      }
      bytes.push_back(chosen);
      bytes.insert(bytes.end(), best.begin(), best.end());
    }
  }
  return deflated(bytes);
}

double context_nats(const Pixels& image) {
  // Sixteen contexts, one for each pair of quarters that the brightness to the left and above fall in.
  constexpr std::size_t levels = 4, nodes = 256;
  std::array<std::array<std::uint32_t, 2>, levels * levels * nodes> seen{};
  // Probabilities are multiplied and their logarithm taken once a pixel.
  double nats = 0;
  for (std::int64_t c = 0; c < image.channels; ++c) {
    const auto* plane = image.values.data() + c * image.height * image.width;
    for (std::int64_t y = 0; y < image.height; ++y)
      for (std::int64_t x = 0; x < image.width; ++x) {
        const auto near = neighbours(plane, image.width, y, x);
        const auto context = static_cast<std::size_t>(near.left / 64 * 4 + near.up / 64);
        const unsigned value = plane[y * image.width + x];
        double q = 1;
        for (unsigned bit = 8, node = 1; bit-- > 0;) {
          auto& counts = seen[context * nodes + node];
          const unsigned one = value >> bit & 1U;
          q *= (counts[one] + 0.5) / (counts[0] + counts[1] + 1.0);
          ++counts[one];
          node = node * 2 + one;
        }
        nats -= std::log(q);
      }
  }
  return nats;
}

}  // namespace

const std::vector<Compressor>& compressors() {
  static const std::vector<Compressor> table = {
      {"deflate", "zlib on the pixels", deflate_nats},
      {"filtered", "zlib on what PNG's predictors leave", filtered_nats},
      {"context", "adaptive arithmetic code given the neighbours", context_nats},
  };
  return table;
}

const Compressor& compressor(std::string_view name) {
  return find_named(compressors(), name, "compressor");
}

}  // namespace pushforward::ood
