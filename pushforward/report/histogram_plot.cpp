#include <fmt/format.h>

#include <algorithm>

#include "pushforward/report/gnuplot.h"
#include "pushforward/report/histogram.h"
#include "pushforward/report/marker.h"
#include "pushforward/report/plot.h"
#include "pushforward/report/plot_style.h"
#include "pushforward/report/text.h"

namespace pushforward::report {
namespace {

std::string percent(double share) {
  return share < 0.001                ? "<0.1 %"
         : share > 0.999 && share < 1 ? ">99.9 %"
                                      : fmt::format("{:.3g} %", 100 * share);
}

std::string legend(const Sample& sample, const Binned& binned, const Texts& language) {
  std::string beyond;
  const auto add = [&](const std::string& what) { beyond += (beyond.empty() ? "" : ", ") + what; };
  if (binned.below > 0) add("◂ " + percent(binned.below));
  if (binned.above > 0) add(percent(binned.above) + " ▸");
  if (binned.nans > 0) add(fmt::format("{} NaN", binned.nans));
  if (sample.values.empty()) add(language("plot.no_data"));
  const std::string name = legend_name(sample.name);
  return beyond.empty() ? name : fmt::format("{} ({})", name, beyond);
}

// The outline of the bars as a polygon, so that transparent fills do not show seams between bars.
std::string outline(const Binned& binned, Interval range) {
  const double width = (range.high - range.low) / static_cast<double>(binned.density.size());
  std::string rows = fmt::format("{} 0\n", number(range.low));
  for (std::size_t i = 0; i < binned.density.size(); ++i) {
    const double left = range.low + width * static_cast<double>(i);
    rows += fmt::format("{0} {2}\n{1} {2}\n", number(left), number(left + width), number(binned.density[i]));
  }
  return rows + fmt::format("{} 0\n", number(range.high));
}

/// Where the bulk of a sample lies beyond an edge, its name stands at that edge, one below the other.
class EdgeLabels {
 public:
  void add(const Sample& sample, const Binned& binned, std::size_t index) {
    if (binned.below > 0.5) put(left_, "◂ " + elided(sample.name, 24), "left at graph 0.012", index);
    if (binned.above > 0.5) put(right_, elided(sample.name, 24) + " ▸", "right at graph 0.988", index);
  }
  const std::string& commands() const { return commands_; }

 private:
  void put(int& row, const std::string& text, const char* place, std::size_t index) {
    commands_ += fmt::format("set label {} {}, graph {} font small_font tc rgb '{}' front\n",
                             gnuplot_quote(text), place, number(0.95 - 0.05 * row++), colour(index));
  }

  int left_ = 0, right_ = 0;
  std::string commands_;
};

}  // namespace

Figure draw(const HistogramPlot& plot, const Texts& language) {
  std::vector<std::vector<double>> values;
  for (const Sample& sample : plot.samples) values.push_back(sample.values);
  const Interval range = robust_range(values);

  std::string data, fills, lines, names;
  EdgeLabels edges;
  bool beyond = false;
  const bool many = plot.samples.size() > 4;
  double highest = 0;
  for (std::size_t i = 0; i < plot.samples.size(); ++i) {
    const Binned binned = bin(plot.samples[i].values, range, plot.bins);
    const std::string name = legend(plot.samples[i], binned, language);
    highest = std::max(highest, *std::max_element(binned.density.begin(), binned.density.end()));
    beyond = beyond || binned.below > 0 || binned.above > 0;
    edges.add(plot.samples[i], binned, i);
    data += fmt::format("$bars{} << PF_END\n{}PF_END\n", i, outline(binned, range));
    fills += fmt::format(
        ", $bars{} using 1:2 with filledcurves y1=0 fs transparent solid {} noborder lc rgb '{}' notitle", i,
        many ? 0.1 : 0.3, colour(i));
    lines += fmt::format(", $bars{} using 1:2 with lines lw 1.5 lc rgb '{}' dt {} title {}", i, colour(i),
                         dash(i), gnuplot_quote(name));
    names += (names.empty() ? "" : ", ") + name;
  }

  Figure figure{.title = plot.title};
  figure.alt = language("plot.alt.histograms", plot.title, plot.x_label,
                        names.empty() ? language("plot.no_data") : names);
  figure.commands = axes(plot.title, plot.x_label, language("plot.density")) + range_command("x", range) +
                    range_command("y", {0, highest > 0 ? 1.06 * highest : 1});
  figure.commands += "set format y '%g'\n" + edges.commands();
  if (many) {  // a row of the legend for every two samples, below a plot as high as ever
    figure.commands += "set key maxcols 2 width -6\n";
    figure.height += 17 * static_cast<int>((plot.samples.size() - 1) / 2);
  }
  if (beyond) {
    figure.alt += ". " + language("plot.off_scale");
    figure.commands += note_command(language("plot.off_scale"));
  }
  if (highest == 0) figure.commands += no_data(language);
  figure.commands += marker_commands(plot.markers, range) + data + "plot NaN notitle" + fills + lines + "\n";
  return figure;
}

}  // namespace pushforward::report
