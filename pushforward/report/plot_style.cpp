#include "pushforward/report/plot_style.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "pushforward/report/gnuplot.h"
#include "pushforward/report/text.h"

namespace pushforward::report {
namespace {
constexpr std::array<std::string_view, 12> colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                   "#e69f00", "#56b4e9", "#4d4d4d", "#882255",
                                                   "#8f8a1a", "#5b3fa8", "#9c6b4a", "#9aa5b1"};
constexpr double largest_drawn = 1e300;  // gnuplot reads no infinities

/// A line above the axes, from where its reader begins.
std::string top_line(std::string_view text, double down, std::string_view style, std::size_t columns) {
  const bool leftwards = runs_right_to_left(text);
  return fmt::format("set label {} at graph {}, screen 1 {} offset 0,{} {}\n", gnuplot_quote(text, columns),
                     leftwards ? 1 : 0, leftwards ? "right" : "left", -down, style);
}

}  // namespace

std::string_view colour(std::size_t index) {
  return colours[index % colours.size()];
}

int dash(std::size_t index) {
  return 1 + static_cast<int>(index / colours.size() % 4);
}

std::string axes(std::string_view title, std::string_view x_label, std::string_view y_label) {
  return fmt::format(R"(set encoding utf8
set minussign
set border 3 lc rgb '#8a94a0' lw 1
set tics nomirror out scale 0.5,0.25 tc rgb '#3c4650'
set grid lc rgb '#e3e7ec' lt 1 lw 0.8
set grid back
set format '%h'
set title ' ' font title_font
set xlabel {}."\n " tc rgb '#3c4650' offset 0,0.2
set ylabel {} tc rgb '#3c4650' offset 0,0
set key bmargin {} horizontal samplen 1.8 width 1 spacing 1.1 tc rgb '#1b232b'
)",
                     gnuplot_quote(x_label), gnuplot_quote(y_label),
                     runs_right_to_left(title) ? "right Right noreverse" : "left Left reverse") +
         top_line(title, 1.2, "font title_font tc rgb '#1b232b'", 84);
}

std::string note_command(std::string_view note) {
  return "set tmargin 5\n" + top_line(note, 2.5, "font small_font tc rgb '#4f5a66'", 120);
}

std::string legend_name(std::string_view name) {
  return elided(name, 32);
}

std::string range_command(std::string_view axis, Interval range) {
  return fmt::format("set {}range [{}:{}]\n", axis, number(range.low), number(range.high));
}

Interval extent(std::span<const double> values, double padding, bool log) {
  double low = INFINITY, high = -INFINITY;
  for (const double value : values) {
    if (!std::isfinite(value) || (log && value <= 0)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high) return log ? Interval{0.1, 10} : Interval{0, 1};
  if (log) {
    const double factor = std::max(1.2, std::pow(10, padding * (std::log10(high) - std::log10(low))));
    return {std::max(low / factor, 1 / largest_drawn), std::min(high * factor, largest_drawn)};
  }
  const double margin = high > low ? padding * (high - low) : std::max(0.5, 0.05 * std::abs(low));
  return {std::max(low - margin, -largest_drawn), std::min(high + margin, largest_drawn)};
}

std::string log_command(std::string_view axis, Interval range) {
  auto text = fmt::format("set logscale {0}\nset format {0} '%g'\n", axis);
  if (range.high > 100 * range.low) return text;
  std::vector<std::string> ticks;
  for (const auto& digits : {std::vector<double>{1, 2, 5},
                             {1, 2, 3, 4, 5, 6, 7, 8, 9},
                             {1, 1.2, 1.4, 1.6, 1.8, 2.2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 7, 8, 9}}) {
    if (ticks.size() >= 3) break;
    ticks.clear();
    for (double power = std::pow(10, std::floor(std::log10(range.low))); power <= range.high; power *= 10)
      for (const double digit : digits)
        if (const double tick = digit * power; tick >= range.low && tick <= range.high)
          ticks.push_back(fmt::format("{:g}", tick));
  }
  return text + fmt::format("set {}tics ({})\n", axis, fmt::join(ticks, ", "));
}

std::string number(double value) {
  return fmt::format("{:.17g}", value);
}

}  // namespace pushforward::report
