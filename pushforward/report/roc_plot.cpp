#include <fmt/format.h>

#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/report/gnuplot.h"
#include "pushforward/report/plot.h"
#include "pushforward/report/plot_style.h"
#include "pushforward/report/thin.h"

namespace pushforward::report {
namespace {

constexpr std::size_t kBuckets = 400;

std::string legend(const RocCurve& curve) {
  if (std::isnan(curve.auroc)) return legend_name(curve.name);
  // 0.9998 is not 1.
  const int decimals = curve.auroc < 1 && curve.auroc >= 0.9995 ? 4 : 3;
  const std::string area = fmt::format("{}: {:.{}f}", legend_name(curve.name), curve.auroc, decimals);
  return std::isnan(curve.half_width95) ? area
                                        : fmt::format("{} ± {:.{}f}", area, curve.half_width95, decimals);
}

}  // namespace

Figure draw(const RocPlot& plot) {
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
    for (const std::size_t j : thin(along, kBuckets))
      rows += std::isfinite(along[j]) ? fmt::format("{} {}\n", number(x[j]), number(y[j])) : "\n";
    names += (names.empty() ? "" : ", ") + legend(curve);
    if (rows.find_first_not_of('\n') == std::string::npos) {
      lines += fmt::format(", keyentry with lines lw 2 lc rgb '#b8c0c8' title {}",
                           gnuplot_quote(legend_name(curve.name) + " (no data)"));
      continue;
    }
    data += fmt::format("$roc{} << PF_END\n{}PF_END\n", i, rows);
    lines += fmt::format(", $roc{} using 1:2 with lines lw 2.2 lc rgb '{}' dt {} title {}", i, colour(i),
                         dash(i), gnuplot_quote(legend(curve)));
  }

  Figure figure{.title = plot.title, .width = 760, .height = 460};
  figure.alt =
      fmt::format("{}: ROC curves with AUROC{} {}", plot.title, names.empty() ? ", no data" : "", names);
  figure.commands = axes(plot.title, "false-positive rate", "true-positive rate") +
                    "set size square\nset key rmargin center vertical Left reverse title 'AUROC' "
                    "left tc rgb '#1b232b'\n" +
                    "set xtics 0.2\nset ytics 0.2\n" + range_command("x", {-0.008, 1.008}) +
                    range_command("y", {-0.008, 1.008}) +
                    "set arrow from 0,0 to 1,1 nohead lc rgb '#a3adb8' lw 1.2 dt 2 back\n" + data +
                    "plot NaN notitle" + lines + "\n";
  return figure;
}

}  // namespace pushforward::report
