#include "pushforward/lab/experiment.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"
#include "pushforward/core/random.h"
#include "pushforward/lab/table.h"

namespace pushforward::lab {

bool Check::holds() const {
  switch (relation) {
    case Relation::equal:
      return std::abs(measured - expected) <= error;
    case Relation::at_most:
      return measured <= expected + error;
    case Relation::at_least:
      return measured >= expected - error;
  }
  return false;
}

bool Findings::agree() const {
  return std::ranges::all_of(checks, [](const Check& check) { return check.holds(); });
}

std::uint64_t Setting::seed(std::string_view purpose, std::uint64_t number) const {
  return stream_key(options.seed, "lab " + experiment_ + " " + std::string(purpose), number);
}

const std::vector<Experiment>& experiments() {
  static const std::vector<Experiment> table = {
#define PUSHFORWARD_EXPERIMENT(function, name, seconds, quick) {name, seconds, quick, function},
#include "pushforward/lab/experiments.inc"
#undef PUSHFORWARD_EXPERIMENT
  };
  return table;
}

const Experiment& experiment(std::string_view name) {
  return find_named(experiments(), name, "experiment");
}

Findings run(const Experiment& experiment, const Options& options, const report::Texts& texts) {
  return experiment.run(Setting(options, texts, experiment.name));
}

report::Table to_table(const std::vector<Check>& checks, const report::Texts& texts) {
  report::Table table{.title = texts("lab.checks.title"),
                      .columns = {{.name = texts("lab.checks.what"), .align = report::Align::kLeft},
                                  {texts("lab.checks.measured")},
                                  {.name = "", .align = report::Align::kLeft},
                                  {texts("lab.checks.formula")},
                                  {texts("lab.checks.error")},
                                  {texts("lab.checks.agrees")}}};
  const auto number = [](double value) {
    report::Cell cell(value, 4);
    if (std::isfinite(value) && std::abs(value) < 1e100) cell.text = fmt::format("{:.4g}", value);
    if (value >= 1e100) cell.text = "∞";
    return cell;
  };
  table.notes = {texts("lab.checks.note")};
  for (const auto& check : checks) {
    const auto* sign = check.relation == Check::Relation::equal     ? "="
                       : check.relation == Check::Relation::at_most ? "≤"
                                                                    : "≥";
    table.rows.push_back({check.what, number(check.measured), sign, number(check.expected),
                          number(check.error), check.holds()});
    table.rows.back().back().text = texts(check.holds() ? "lab.checks.yes" : "lab.checks.no");
  }
  return table;
}

Json to_json(const Experiment& experiment, const Options& options, const Findings& findings) {
  Json checks = Json::array(), tables = Json::array(), values = Json::object();
  const auto number = [](double value) {
    return std::isfinite(value) ? Json(value) : Json(fmt::format("{}", value));
  };
  for (const auto& check : findings.checks) {
    const auto* relation = check.relation == Check::Relation::equal     ? "equal"
                           : check.relation == Check::Relation::at_most ? "at most"
                                                                        : "at least";
    checks.push_back({{"name", check.name},
                      {"what", check.what},
                      {"measured", number(check.measured)},
                      {"relation", relation},
                      {"formula", number(check.expected)},
                      {"error", number(check.error)},
                      {"agrees", check.holds()}});
  }
  for (const auto& [name, value] : findings.values) values[name] = number(value);
  for (const auto& table : findings.tables) tables.push_back(report::to_json(table));
  return {{"experiment", experiment.name}, {"seed", options.seed},        {"quick", options.quick},
          {"agrees", findings.agree()},    {"values", std::move(values)}, {"checks", std::move(checks)},
          {"tables", std::move(tables)}};
}

void append(report::HtmlReport& page, const Experiment& experiment, const Findings& findings,
            const report::Texts& texts) {
  const auto key = [&](const char* part) { return fmt::format("lab.{}.{}", experiment.name, part); };
  page.paragraph(texts(key("claim")));
  page.prose(texts.paragraphs(key("derivation")));
  if (!findings.scale.empty()) page.paragraph(findings.scale);
  page.paragraph(texts(findings.agree() ? "lab.verdict.agrees" : "lab.verdict.disagrees"));
  for (const auto& plot : findings.plots) page.figure(plot.figure, plot.caption);
  for (const auto& picture : findings.pictures) page.image(picture.image, picture.alt, picture.caption);
  for (const auto& film : findings.films) page.image(film.film, film.alt, film.caption);
  for (const auto& table : findings.tables) page.table(table);
  page.table(to_table(findings.checks, texts));
}

}  // namespace pushforward::lab
