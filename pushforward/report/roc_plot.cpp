#include <fmt/format.h>

#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/report/gnuplot.h"
#include "pushforward/report/plot.h"
#include "pushforward/report/plot_style.h"
#include "pushforward/report/thin.h"

namespace pushforward::report {
namespace {

constexpr std::size_t max_points = 400;

std::string legend(const RocCurve& curve) {
  const auto name = legend_name(curve.name);
  const double area = curve.auroc, half = curve.half_width95;
  if (std::isnan(area)) return name;
  // No finite sample shows that an area is 1 ± 0.
  if (area > 0.99995) return name + ": > 0.9999";
  if (area < 0.00005) return name + ": < 0.0001";
  const int decimals = area >= 0.9995 || area < 0.0005 || half < 0.0005 ? 4 : 3;
  return std::isnan(half) ? fmt::format("{}: {:.{}f}", name, area, decimals)
                          : fmt::format("{0}: {1:.{3}f} ± {2:.{3}f}", name, area, half, decimals);
}

}  // namespace

Figure draw(const RocPlot& plot, const Texts& language) {
  std::string data, lines, names;
  for (std::size_t i = 0; i < plot.curves.size(); ++i) {
    const RocCurve& curve = plot.curves[i];
    const auto &x = curve.false_positive_rate, &y = curve.true_positive_rate;
    PF_CHECK(x.size() == y.size(), "[plot] ROC {}: {} false-positive and {} true-positive rates", curve.name,
             x.size(), y.size());
    // Steps run along either axis; their sum moves on both.
    std::vector<double> along(x.size());
    for (std::size_t j = 0; j < x.size(); ++j) along[j] = x[j] + y[j];
    std::string rows;
    for (const std::size_t j : thin(along, max_points))
      rows += std::isfinite(along[j]) ? fmt::format("{} {}\n", number(x[j]), number(y[j])) : "\n";
    names += (names.empty() ? "" : ", ") + legend(curve);
    if (rows.find_first_not_of('\n') == std::string::npos) {
      lines += fmt::format(", keyentry with lines lw 2 lc rgb '#b8c0c8' title {}",
                           gnuplot_quote(language("plot.empty", legend_name(curve.name))));
      continue;
    }
    data += fmt::format("$roc{} << PF_END\n{}PF_END\n", i, rows);
    lines += fmt::format(", $roc{} using 1:2 with lines lw 2.2 lc rgb '{}' dt {} title {}", i, colour(i),
                         dash(i), gnuplot_quote(legend(curve)));
  }

  Figure figure{.title = plot.title, .width = 760, .height = 460};
  figure.alt = language("plot.alt.roc", plot.title, names.empty() ? language("plot.no_data") : names);
  if (!plot.note.empty()) figure.alt += ". " + plot.note;
  figure.commands =
      axes(plot.title, language("plot.false_positive_rate"), language("plot.true_positive_rate")) +
      "set size square\nset key rmargin center vertical Left reverse title 'AUROC' "
      "left tc rgb '#1b232b'\n" +
      (plot.note.empty() ? "" : note_command(plot.note)) + "set xtics 0.2\nset ytics 0.2\n" +
      range_command("x", {-0.008, 1.008}) + range_command("y", {-0.008, 1.008}) +
      "set arrow from 0,0 to 1,1 nohead lc rgb '#a3adb8' lw 1.2 dt 2 back\n" + data + "plot NaN notitle" +
      lines + "\n";
  return figure;
}

}  // namespace pushforward::report
