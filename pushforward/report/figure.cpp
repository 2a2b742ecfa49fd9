#include "pushforward/report/figure.h"

#include <fmt/format.h>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/report/gnuplot.h"

namespace pushforward::report {

std::string Figure::svg() const {
  return run_gnuplot(
      fmt::format("title_font = 'sans-serif,15'\nsmall_font = 'sans-serif,11'\n"
                  "set terminal svg noenhanced size {},{} fixed font 'sans-serif,13' rounded\n{}",
                  width, height, commands));
}

std::string Figure::png(double scale) const {
  PF_CHECK(scale > 0 && scale <= 8, "[plot] expected a scale in (0, 8], got {}", scale);
  return run_gnuplot(
      fmt::format("title_font = 'sans-serif:Bold,11.5'\nsmall_font = 'sans-serif,8.5'\n"
                  "set terminal pngcairo noenhanced size {:.0f},{:.0f} font 'sans-serif,9.5' "
                  "fontscale {} linewidth {} background rgb '#ffffff' rounded\n{}",
                  width * scale, height * scale, scale, scale, commands));
}

void Figure::save(const std::filesystem::path& path) const {
  const std::string extension = path.extension().string();
  if (extension != ".png" && extension != ".svg")
    throw usage("[plot] expected a file ending in .png or .svg, got {}", path.string());
  write_file(path, extension == ".png" ? png() : svg());
}

}  // namespace pushforward::report
