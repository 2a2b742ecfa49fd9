#include "pushforward/report/film_strip.h"

#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"

namespace pushforward::report {

std::vector<std::size_t> film_columns(std::size_t epochs, int columns) {
  PF_CHECK(columns >= 1, "[film] expected at least 1 column, got {}", columns);
  const std::size_t shown = std::min(epochs, static_cast<std::size_t>(columns));
  if (shown == 0) return {};
  if (shown == 1) return {epochs - 1};
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < shown; ++i)
    kept.push_back(static_cast<std::size_t>(
        std::llround(static_cast<double>(i * (epochs - 1)) / static_cast<double>(shown - 1))));
  return kept;
}

Image film_strip(std::span<const GridImages> epochs, const FilmStyle& style) {
  PF_CHECK(!epochs.empty(), "[film] expected epochs, got none");
  PF_CHECK(style.rows >= 1, "[film] expected at least 1 row, got {}", style.rows);
  const auto [n, channels, height, width, first] = epochs.front();
  PF_CHECK(n >= 1 && channels >= 1 && height >= 1 && width >= 1, "[film] expected images, got {} of {} × {}",
           n, width, height);
  const std::size_t image = std::size_t{1} * static_cast<std::size_t>(channels) *
                            static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  for (const GridImages& epoch : epochs)
    PF_CHECK(epoch.n == n && epoch.channels == channels && epoch.height == height && epoch.width == width &&
                 epoch.pixels.size() == image * static_cast<std::size_t>(n),
             "[film] expected {} images of {} × {} × {} an epoch, got {} of {} × {} × {} in {} pixels", n,
             channels, height, width, epoch.n, epoch.channels, epoch.height, epoch.width,
             epoch.pixels.size());

  const auto shown = film_columns(epochs.size(), style.columns);
  const int rows = std::min(n, style.rows);
  std::vector<std::uint8_t> pixels;
  for (int row = 0; row < rows; ++row)
    for (const std::size_t epoch : shown) {
      const auto part = epochs[epoch].pixels.subspan(static_cast<std::size_t>(row) * image, image);
      pixels.insert(pixels.end(), part.begin(), part.end());
    }
  const int columns = static_cast<int>(shown.size());
  return make_grid({rows * columns, channels, height, width, pixels},
                   {.columns = columns, .scale = style.scale, .gap = style.gap});
}

}  // namespace pushforward::report
