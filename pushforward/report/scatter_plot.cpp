#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/report/gnuplot.h"
#include "pushforward/report/plot.h"
#include "pushforward/report/plot_style.h"
#include "pushforward/report/text.h"

namespace pushforward::report {
namespace {

constexpr std::size_t few_points = 2000;
constexpr int cells = 120;
constexpr int side = 330, left = 64, right = 16, between = 64, above = 60, note_height = 22,
              below = 62;  // pixels

struct Window {
  Interval x, y;
  bool holds(Point p) const { return p.x >= x.low && p.x <= x.high && p.y >= y.low && p.y <= y.high; }
};

bool finite(Point p) {
  return std::isfinite(p.x) && std::isfinite(p.y);
}

/// The middle 99.8 % of one coordinate.
Interval middle(std::vector<double> values) {
  if (values.empty()) return {0, 1};
  const std::size_t cut = values.size() / 1000;
  const auto low = values.begin() + static_cast<std::ptrdiff_t>(cut);
  std::nth_element(values.begin(), low, values.end());
  const double lowest = *low;
  const auto high = values.end() - 1 - static_cast<std::ptrdiff_t>(cut);
  std::nth_element(values.begin(), high, values.end());
  return {lowest, *high};
}

/// A square around the bulk of the points and all centres.
Window window(const std::vector<Point>& points, const std::vector<Point>& centres) {
  std::vector<double> xs, ys;
  for (const Point p : points)
    if (finite(p)) {
      xs.push_back(p.x);
      ys.push_back(p.y);
    }
  Interval x = middle(xs), y = middle(ys);
  for (const Point c : centres) {
    x = {std::min(x.low, c.x), std::max(x.high, c.x)};
    y = {std::min(y.low, c.y), std::max(y.high, c.y)};
  }
  const double width = std::max({x.high - x.low, y.high - y.low, 1e-6 * (1 + std::abs(x.low))});
  const auto square = [&](Interval i) {
    const double centre = i.low + (i.high - i.low) / 2, half = 0.6 * width;
    return Interval{centre - half, centre + half};
  };
  return {square(x), square(y)};
}

std::string caption(const ScatterPanel& panel, const Window& window, const Texts& language) {
  if (panel.log_density) return legend_name(panel.name);
  std::size_t outside = 0, broken = 0;
  for (const Point p : panel.points) {
    broken += !finite(p);
    outside += finite(p) && !window.holds(p);
  }
  std::string text = legend_name(panel.name);
  if (panel.points.empty()) return language("plot.empty", text);
  const double share = static_cast<double>(outside) / static_cast<double>(panel.points.size());
  if (outside > 0)
    text +=
        " (" + language("plot.off_axes", share < 0.001 ? "<0.1" : fmt::format("{:.1f}", 100 * share)) + ")";
  if (broken > 0) text += " (" + language("plot.not_finite", broken) + ")";
  return text;
}

Point middle_of(int row, int column, const Window& window) {
  return {window.x.low + (column + 0.5) * (window.x.high - window.x.low) / cells,
          window.y.low + (row + 0.5) * (window.y.high - window.y.low) / cells};
}

/// Share of the panel's density in each cell, by that in its middle, rows from below: [cells · cells].
std::vector<double> density_shares(const ScatterPanel& panel, const Window& window) {
  std::vector<Point> middles;
  for (int row = 0; row < cells; ++row)
    for (int column = 0; column < cells; ++column) middles.push_back(middle_of(row, column, window));
  auto values = panel.log_density(middles);
  PF_CHECK(values.size() == middles.size(), "[plot] expected a log-density at each of {} points, got {}",
           middles.size(), values.size());
  const double area = (window.x.high - window.x.low) * (window.y.high - window.y.low) / cells / cells;
  for (auto& value : values) value = std::isnan(value) ? 0 : std::min(1.0, std::exp(value) * area);
  return values;
}

/// Share of the panel's points in each cell, rows from below: [cells · cells].
std::vector<double> shares(const ScatterPanel& panel, const Window& window) {
  if (panel.log_density) return density_shares(panel, window);
  std::vector<double> counts(static_cast<std::size_t>(cells * cells));
  const auto cell = [](double v, Interval i) {
    return std::clamp(static_cast<int>((v - i.low) / (i.high - i.low) * cells), 0, cells - 1);
  };
  for (const Point p : panel.points)
    if (finite(p) && window.holds(p))
      counts[static_cast<std::size_t>(cell(p.y, window.y) * cells + cell(p.x, window.x))] +=
          1 / static_cast<double>(panel.points.size());
  return counts;
}

/// Rows of "x y √(share / most)", cells left out where it is too light to be seen.
std::string density_rows(const std::vector<double>& counts, const Window& window, double most) {
  std::string rows;
  for (int row = 0; row < cells; ++row)
    for (int column = 0; column < cells; ++column) {
      const double shade =
          std::sqrt(std::min(1.0, counts[static_cast<std::size_t>(row * cells + column)] / most));
      if (shade < 0.03) continue;
      const Point middle = middle_of(row, column, window);
      rows += fmt::format("{:.6g} {:.6g} {:.3f}\n", middle.x, middle.y, shade);
    }
  return rows;
}

/// The 98th percentile of the filled cells: one spike must not bleach the rest.
double dense(const std::vector<std::vector<double>>& panels) {
  std::vector<double> filled;
  for (const auto& counts : panels)
    for (const double share : counts)
      if (share > 1e-6) filled.push_back(share);
  if (filled.empty()) return 1;
  const auto at = filled.begin() + static_cast<std::ptrdiff_t>(0.98 * static_cast<double>(filled.size() - 1));
  std::nth_element(filled.begin(), at, filled.end());
  return *at;
}

bool is_shaded(const ScatterPanel& panel) {
  return panel.log_density || panel.points.size() > few_points;
}

}  // namespace

Figure draw(const ScatterPlot& plot, const Texts& language) {
  PF_CHECK(!plot.panels.empty() && plot.panels.size() <= 4, "[plot] expected 1 to 4 panels, got {}",
           plot.panels.size());
  const Window view = window(plot.panels[0].points, plot.centres);
  std::vector<std::vector<double>> densities;
  for (const ScatterPanel& panel : plot.panels)
    if (is_shaded(panel)) densities.push_back(shares(panel, view));
  const double most = dense(densities);

  std::string data, panels, names;
  std::size_t next_density = 0;
  for (std::size_t i = 0; i < plot.panels.size(); ++i) {
    const ScatterPanel& panel = plot.panels[i];
    const std::string title = caption(panel, view, language);
    names += (names.empty() ? "" : ", ") + title;
    std::string rows;
    const bool as_density = is_shaded(panel);
    if (as_density) {
      rows = density_rows(densities[next_density++], view, most);
    } else {
      for (const Point p : panel.points)
        if (finite(p) && view.holds(p)) rows += fmt::format("{:.6g} {:.6g}\n", p.x, p.y);
    }
    panels += fmt::format("set title {} font '' tc rgb '#1b232b' offset 0,-0.4\n", gnuplot_quote(title));
    std::string layers =
        plot.diagonal ? "plot x with lines dt 2 lc rgb '#8a97a5' notitle" : "plot NaN notitle";
    if (!rows.empty()) {
      data += fmt::format("$panel{} << PF_END\n{}PF_END\n", i, rows);
      layers +=
          as_density
              ? fmt::format(
                    ", $panel{} using 1:2:({}):({}):3 with boxxyerror fs solid noborder lc palette "
                    "notitle",
                    i, number((view.x.high - view.x.low) / cells / 2),
                    number((view.y.high - view.y.low) / cells / 2))
              : fmt::format(", $panel{} using 1:2 with points pt 7 ps 0.35 lc rgb '#600072b2' notitle", i);
    }
    if (!plot.centres.empty())
      layers += ", $centres using 1:2 with points pt 6 ps 1.1 lc rgb '#d55e00' notitle";
    panels += layers + "\nunset label\nset ylabel ''\n";
  }
  if (!plot.centres.empty()) {
    data += "$centres << PF_END\n";
    for (const Point c : plot.centres) data += fmt::format("{} {}\n", number(c.x), number(c.y));
    data += "PF_END\n";
  }

  const int count = static_cast<int>(plot.panels.size());
  const int top = above + (plot.note.empty() ? 0 : note_height);
  Figure figure{.title = plot.title,
                .width = left + count * side + (count - 1) * between + right,
                .height = top + side + below};
  figure.alt = language("plot.alt.curves", plot.title, plot.y_label, plot.x_label, names);
  if (!plot.note.empty()) figure.alt += ". " + plot.note;
  const double width = figure.width, height = figure.height;
  const auto top_line = [&](int number_of_it, const std::string& text, double down, const char* style) {
    const bool leftwards = runs_right_to_left(text);
    return fmt::format("set label {} {} at screen {}, screen {} {} {}\n", number_of_it,
                       gnuplot_quote(text, 120), number((leftwards ? width - right : left) / width),
                       number(1 - down / height), leftwards ? "right" : "left", style);
  };
  figure.commands =
      axes("", plot.x_label, plot.y_label) + "unset label\nset key off\n" +
      fmt::format("set multiplot layout 1,{} margins screen {},{},{},{} spacing screen {},0\n", count,
                  number(left / width), number(1 - right / width), number(below / height),
                  number(1 - top / height), number(between / width)) +
      top_line(1, plot.title, 20, "font title_font tc rgb '#1b232b'") +
      fmt::format("set xlabel {}\nset cbrange [0:1]\nunset colorbox\n", gnuplot_quote(plot.x_label)) +
      "set palette defined (0 '#dcebf5', 0.35 '#6db3dc', 0.7 '#0072b2', 1 '#06304a')\n" +
      range_command("x", view.x) + range_command("y", view.y);
  if (!plot.note.empty()) figure.commands += top_line(2, plot.note, 42, "font small_font tc rgb '#4f5a66'");
  figure.commands += data + panels + "unset multiplot\n";
  return figure;
}

}  // namespace pushforward::report
