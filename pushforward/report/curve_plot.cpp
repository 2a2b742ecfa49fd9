#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pushforward/core/error.h"
#include "pushforward/report/gnuplot.h"
#include "pushforward/report/marker.h"
#include "pushforward/report/plot.h"
#include "pushforward/report/plot_style.h"
#include "pushforward/report/thin.h"

namespace pushforward::report {
namespace {

constexpr std::size_t max_points = 800, few_points = 30, many_points = 400;

void check(const Series& series) {
  PF_CHECK(series.x.size() == series.y.size(), "[plot] series {}: {} x values and {} y values", series.name,
           series.x.size(), series.y.size());
  PF_CHECK(
      series.low.size() == series.high.size() && (series.low.empty() || series.low.size() == series.x.size()),
      "[plot] series {}: a band of {} and {} values around {} points", series.name, series.low.size(),
      series.high.size(), series.x.size());
}

// Rows "x y" or "x low high" with one blank line for every run of undrawable points, as gnuplot marks gaps.
struct Rows {
  std::string text;
  std::size_t drawable = 0;
};

Rows rows(const Series& series, bool band, bool log_x, bool log_y) {
  Rows out;
  bool gap = true;
  const auto drawable = [&](double v) { return std::isfinite(v) && !(log_y && v <= 0); };
  for (const std::size_t i : thin(series.y, max_points)) {
    const bool whole = band ? drawable(series.low[i]) && drawable(series.high[i]) : drawable(series.y[i]);
    if (whole && std::isfinite(series.x[i]) && !(log_x && series.x[i] <= 0)) {
      out.text +=
          band ? fmt::format("{} {} {}\n", number(series.x[i]), number(series.low[i]), number(series.high[i]))
               : fmt::format("{} {}\n", number(series.x[i]), number(series.y[i]));
      ++out.drawable;
      gap = false;
    } else if (!gap) {
      out.text += "\n";
      gap = true;
    }
  }
  return out;
}

std::string block(const std::string& name, const std::string& text) {
  return fmt::format("{} << PF_END\n{}PF_END\n", name, text);
}

}  // namespace

Series banded(const Series& series, std::size_t buckets) {
  check(series);
  PF_CHECK(buckets >= 1, "[plot] expected at least 1 bucket, got {}", buckets);
  const std::size_t n = series.x.size();
  if (n <= buckets || !series.low.empty()) return series;
  Series out{.name = series.name, .x = {}, .y = {}};
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const std::size_t first = bucket * n / buckets, end = (bucket + 1) * n / buckets;
    std::vector<double> values;
    double x = 0;
    for (std::size_t i = first; i < end; ++i) {
      x += series.x[i] / static_cast<double>(end - first);
      if (std::isfinite(series.y[i])) values.push_back(series.y[i]);
    }
    std::sort(values.begin(), values.end());
    const auto quantile = [&](double q) {
      if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
      const double at = q * static_cast<double>(values.size() - 1);
      const auto below = static_cast<std::size_t>(at);
      const double above = values[std::min(below + 1, values.size() - 1)];
      return std::lerp(values[below], above, at - static_cast<double>(below));
    };
    out.x.push_back(x);
    out.y.push_back(quantile(0.5));
    out.low.push_back(quantile(0.1));
    out.high.push_back(quantile(0.9));
  }
  return out;
}

Figure draw(const CurvePlot& plot, const Texts& language) {
  std::string data, bands, lines, names;
  std::vector<double> xs, ys;
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const Series& series = plot.series[i];
    check(series);
    const Rows line = rows(series, false, plot.log_x, plot.log_y);
    if (line.drawable == 0) {
      lines += fmt::format(", keyentry with lines lw 2 lc rgb '#b8c0c8' title {}",
                           gnuplot_quote(language("plot.empty", legend_name(series.name))));
      continue;
    }
    xs.insert(xs.end(), series.x.begin(), series.x.end());
    for (const auto* values : {&series.y, &series.low, &series.high})
      ys.insert(ys.end(), values->begin(), values->end());
    const std::string style = fmt::format("lc rgb '{}' dt {}", colour(i), dash(i));
    data += block(fmt::format("$line{}", i), line.text);
    if (!series.low.empty()) {
      if (const Rows band = rows(series, true, plot.log_x, plot.log_y); band.drawable > 0) {
        data += block(fmt::format("$band{}", i), band.text);
        bands += fmt::format(
            ", $band{} using 1:2:3 with filledcurves fs transparent solid 0.18 noborder lc rgb '{}' "
            "notitle",
            i, colour(i));
      }
    }
    const bool few = line.drawable <= few_points;
    lines += fmt::format(", $line{} using 1:2 with {} lw {} {} title {}", i,
                         few ? "linespoints pt 7 ps 0.45" : "lines", line.drawable > many_points ? 1.1 : 2.2,
                         style, gnuplot_quote(legend_name(series.name)));
    names += (names.empty() ? "" : ", ") + series.name;
  }
  for (const Marker& marker : plot.markers) xs.push_back(marker.x);
  const Interval range = extent(xs, 0.02, plot.log_x);

  Figure figure{.title = plot.title};
  figure.alt = language("plot.alt.curves", plot.title, plot.y_label, plot.x_label,
                        names.empty() ? language("plot.no_data") : names);
  const Interval height = extent(ys, 0.06, plot.log_y);
  figure.commands =
      axes(plot.title, plot.x_label, plot.y_label) + range_command("x", range) + range_command("y", height);
  if (plot.log_x) figure.commands += log_command("x", range);
  if (plot.log_y) figure.commands += log_command("y", height);
  if (!plot.note.empty()) {
    figure.alt += ". " + plot.note;
    figure.commands += note_command(plot.note);
  }
  if (data.empty()) figure.commands += no_data(language);
  figure.commands += marker_commands(plot.markers, range) + data + "plot NaN notitle" + bands + lines + "\n";
  return figure;
}

}  // namespace pushforward::report
