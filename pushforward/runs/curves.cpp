#include "pushforward/runs/curves.h"

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/core/progress.h"

namespace pushforward::runs {
namespace {

/// The line's values of a part of it, "" being the line of a step; null where it has no such part.
const Json* part_of(const Json& line, const std::string& part) {
  const bool step = !line.contains("train");
  if (part.empty()) return step ? &line : nullptr;
  const auto found = line.find(part);
  return step || found == line.end() ? nullptr : &*found;
}

/// The lines of at most some 30 epochs: measured ones where not all are, evenly spaced, and the last.
std::vector<const Json*> shown_epochs(const std::vector<Json>& metrics) {
  constexpr std::size_t most = 30;
  std::vector<const Json*> all, measured, shown;
  for (const auto& line : metrics) {
    if (!line.contains("train")) continue;
    all.push_back(&line);
    if (line.contains("measured")) measured.push_back(&line);
  }
  const auto& from = all.size() > most && !measured.empty() ? measured : all;
  const auto step = (from.size() + most - 1) / most;
  for (std::size_t i = 0; i < from.size(); ++i)
    if ((from.size() - 1 - i) % step == 0) shown.push_back(from[i]);
  return shown;
}

}  // namespace

std::vector<models::Panel> panels(const models::Model& model) {
  auto all = model.panels;
  all.push_back({.file = "fid",
                 .title = "FID",
                 .y_label = "FID",
                 .caption =
                     "Of 10,000 samples against images that the model is not trained on. Values are in "
                     "units of the feature extractor (train.fid_features).",
                 .lines = {{"measured", "fid", "samples"}},
                 .note = "lower is better"});
  return all;
}

report::CurvePlot curves(const models::Panel& panel, const std::vector<Json>& metrics) {
  report::CurvePlot plot{.title = panel.title, .x_label = "epoch", .y_label = panel.y_label, .series = {}};
  plot.log_y = panel.log_y;
  plot.note = panel.note;
  for (const auto& [part, scalar, label] : panel.lines) {
    report::Series series{.name = label, .x = {}, .y = {}};
    for (const auto& line : metrics) {
      const auto* values = part_of(line, part);
      if (values == nullptr || !values->contains(scalar) || !(*values)[scalar].is_number()) continue;
      series.x.push_back(line.at("epoch").get<double>());
      series.y.push_back((*values)[scalar].get<double>());
    }
    if (!series.x.empty()) plot.series.push_back(part.empty() ? report::banded(series) : std::move(series));
  }
  if (std::ranges::any_of(plot.series, [](const auto& series) { return !series.low.empty(); }))
    plot.note += (plot.note.empty() ? "" : "; ") + std::string("line: median, band: 10–90 % of nearby steps");
  return plot;
}

void save_curves(const train::RunFolder& run, const std::vector<models::Panel>& panels,
                 const std::vector<Json>& metrics) {
  try {
    for (const auto& panel : panels)
      if (const auto plot = curves(panel, metrics); !plot.series.empty())
        report::draw(plot).save(run.plots() / (panel.file + ".png"));
  } catch (const Error& error) {
    say("no plot of the curves: {}", error.what());
  }
}

report::Table epoch_table(const std::vector<Json>& metrics) {
  struct Column {
    std::string part, scalar;
    bool operator==(const Column&) const = default;
  };
  std::vector<Column> columns;
  const auto epochs = shown_epochs(metrics);
  for (const auto* epoch : epochs) {
    const auto& line = *epoch;
    for (const char* part : {"measured", "train", "held_out"})
      if (line.contains(part))
        for (const auto& [scalar, value] : line[part].items())
          if (!scalar.ends_with("_norm") && std::ranges::find(columns, Column{part, scalar}) == columns.end())
            columns.push_back({part, scalar});
  }
  report::Table table{.title = "Epochs", .columns = {{"epoch"}, {"step"}, {"time", "s"}}};
  for (const auto& [part, scalar] : columns) {
    auto words = scalar;
    std::ranges::replace(words, '_', ' ');
    table.columns.push_back(
        {part == "held_out" && !words.ends_with("held out") ? words + ", held out" : words});
  }
  for (const auto* line : epochs) {
    std::vector<report::Cell> row{line->at("epoch").get<std::int64_t>(),
                                  line->at("step").get<std::int64_t>(),
                                  {line->at("seconds").get<double>(), 0}};
    for (const auto& [part, scalar] : columns) {
      const auto* values = part_of(*line, part);
      const bool known = values != nullptr && values->contains(scalar) && (*values)[scalar].is_number();
      if (!known) {
        row.emplace_back();
        continue;
      }
      const double value = (*values)[scalar].get<double>();
      row.emplace_back(value, std::abs(value) < 100 ? 3 : 1);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace pushforward::runs
