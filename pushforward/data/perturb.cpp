#include "pushforward/data/perturb.h"

#include <algorithm>
#include <cmath>

#include "pushforward/core/names.h"
#include "pushforward/core/random.h"

namespace pushforward::data {
namespace {

constexpr double noise_sigma = 0.1 * 255;
constexpr double mutation_rate = 0.2;

void invert(Images& images, std::int64_t) {
  for (auto& v : images.pixels) v = static_cast<std::uint8_t>(255 - v);
}

void flip(Images& images, std::int64_t) {
  for (std::int64_t plane = 0; plane < images.count * images.channels; ++plane) {
    std::uint8_t* rows = images.pixels.data() + plane * images.height * images.width;
    for (std::int64_t y = 0; y < images.height / 2; ++y)
      std::swap_ranges(rows + y * images.width, rows + (y + 1) * images.width,
                       rows + (images.height - 1 - y) * images.width);
  }
}

void noise(Images& images, std::int64_t first) {
  for (std::int64_t i = 0; i < images.count; ++i) {
    auto engine = stream(0, "data.noise", static_cast<std::uint64_t>(first + i));
    std::uint8_t* image = images.image(i);
    for (std::int64_t d = 0; d < images.dims(); ++d)
      image[d] = static_cast<std::uint8_t>(
          std::clamp(std::lround(image[d] + noise_sigma * normal01(engine)), 0L, 255L));
  }
}

void mutate(Images& images, std::int64_t first) {
  for (std::int64_t i = 0; i < images.count; ++i) {
    auto engine = stream(0, "data.mutate", static_cast<std::uint64_t>(first + i));
    std::uint8_t* image = images.image(i);
    for (std::int64_t d = 0; d < images.dims(); ++d)
      if (uniform01(engine) < mutation_rate) image[d] = static_cast<std::uint8_t>(uniform_below(engine, 256));
  }
}

void rotate(Images& images, std::int64_t) {
  const std::int64_t height = images.height, width = images.width;
  std::vector<std::uint8_t> turned(images.pixels.size());
  for (std::int64_t plane = 0; plane < images.count * images.channels; ++plane) {
    const std::uint8_t* from = images.pixels.data() + plane * height * width;
    std::uint8_t* to = turned.data() + plane * height * width;
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x) to[(width - 1 - x) * height + y] = from[y * width + x];
  }
  images.pixels = std::move(turned);
  std::swap(images.height, images.width);
}

const std::vector<Perturbation> table{
    {"invert", "v becomes 255 - v", invert},
    {"flip", "upside down", flip},
    {"noise", "adds Gaussian noise of standard deviation 0.1", noise},
    {"mutate", "replaces a fifth of the pixels by random ones", mutate},
    {"rotate", "a quarter turn counter-clockwise", rotate},
};

}  // namespace

const std::vector<Perturbation>& perturbations() {
  return table;
}

void perturb(Images& images, const std::string& name, std::int64_t first) {
  find_named(table, name, "perturbation").apply(images, first);
  images.name += "+" + name;
}

}  // namespace pushforward::data
