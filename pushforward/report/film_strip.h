// What the same latents become as training goes on.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pushforward/report/grid.h"

namespace pushforward::report {

struct FilmStyle {
  int rows = 6;      ///< Images of each epoch that are shown, its first ones.
  int columns = 12;  ///< At most so many epochs: the first, the last and evenly between.
  int scale = 1;
  int gap = 2;
};

/// The epochs, 0 … epochs−1, that a strip of at most `columns` shows.
std::vector<std::size_t> film_columns(std::size_t epochs, int columns);

/// One column an epoch, one row a latent: image i of every epoch must be of the same latent. Throws Error
/// without epochs, for epochs of different shapes, and as make_grid does.
Image film_strip(std::span<const GridImages> epochs, const FilmStyle& style = {});

}  // namespace pushforward::report
