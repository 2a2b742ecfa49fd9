// A drawn plot, before it is given a format.
#pragma once

#include <filesystem>
#include <string>

namespace pushforward::report {

/// A plot as gnuplot commands. Cheap to copy; drawing happens in svg(), png() and save(), each of which
/// throws Error when gnuplot is missing or refuses.
struct Figure {
  std::string title;
  std::string alt;       ///< what the plot shows, for readers who cannot see it
  std::string commands;  ///< everything but the terminal
  int width = 760, height = 440;

  /// A standalone SVG document, one unit per pixel, on a transparent ground.
  std::string svg() const;
  /// PNG bytes, `scale` pixels per unit, on white.
  std::string png(double scale = 2) const;
  /// Atomically, as what the extension says: .png or .svg (else UsageError).
  void save(const std::filesystem::path& path) const;
};

}  // namespace pushforward::report
