#include "pushforward/report/marker.h"

#include <fmt/format.h>

#include "pushforward/report/gnuplot.h"
#include "pushforward/report/plot_style.h"

namespace pushforward::report {

std::string marker_commands(const std::vector<Marker>& markers, Interval range) {
  std::string out;
  for (const Marker& marker : markers) {
    if (!(marker.x >= range.low && marker.x <= range.high)) continue;
    const std::string x = number(marker.x);
    out += fmt::format(
        "set arrow from first {}, graph 0 to first {}, graph 1.015 nohead lc rgb '#6b7683' lw 1 dt (6,5) "
        "front\n",
        x, x);
    const bool left_half = marker.x - range.low < range.high - marker.x;
    if (!marker.name.empty())
      out += fmt::format(
          "set label {} at first {}, graph 1.03 {} offset 0,0.15 font small_font tc rgb '#4f5a66'\n",
          gnuplot_quote(marker.name), x, left_half ? "left" : "right");
  }
  return out;
}

std::string no_data(const Texts& language) {
  return fmt::format("set label {} at graph 0.5, graph 0.5 center tc rgb '#6b7683'\n",
                     gnuplot_quote(language("plot.no_data")));
}

}  // namespace pushforward::report
