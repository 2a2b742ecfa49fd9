#include <ATen/ATen.h>

#include "pushforward/data/loader.h"
#include "pushforward/evaluation/scatter.h"
#include "pushforward/lab/plane_game.h"
#include "pushforward/lab/table.h"
#include "pushforward/report/plot.h"
#include "pushforward/runs/sample_monitor.h"

namespace pushforward::lab {
namespace {

using Relation = Check::Relation;

/// An objective with what keeps its critic smooth.
struct Contender {
  const char* name;  // in the texts
  gans::Objective objective;
  gans::Regulariser regulariser;
  std::int64_t n_critic;
  bool is_drawn;  // its samples stand beside the data
};

std::vector<Contender> contenders() {
  return {{"saturating", gans::minimax(), gans::no_regulariser(), 1, true},
          {"non_saturating", gans::non_saturating(), gans::no_regulariser(), 1, false},
          {"clipping", gans::wasserstein(), gans::weight_clipping(0.1), 5, true},
          {"penalty_1", gans::wasserstein(), gans::gradient_penalty(1), 1, false},
          {"penalty_5", gans::wasserstein(), gans::gradient_penalty(1), 5, true}};
}

/// Coverage along a training, and the samples at its end.
struct Course {
  report::Series modes, quality;  // covered modes, and the share of samples within 3σ of one, by update
  at::Tensor samples;
};

Course train(const Setting& setting, const data::Toy& toy, const Contender& contender, std::int64_t updates) {
  constexpr std::int64_t points = 20;
  PlaneGame game(toy, {.objective = contender.objective,
                       .regulariser = contender.regulariser,
                       .n_critic = contender.n_critic,
                       .seed = setting.seed(contender.name)});
  const auto steps = updates * contender.n_critic;
  Course course{.modes = {.name = setting(contender.name), .x = {}, .y = {}}, .quality = {}, .samples = {}};
  course.quality = course.modes;
  const auto measure = [&](std::int64_t step) {
    course.samples = game.sample(2'000);
    auto statistics = runs::coverage_of(*toy.modes);
    statistics.add(course.samples);
    const auto coverage = statistics.value();
    const double at = static_cast<double>(step) / static_cast<double>(contender.n_critic);
    course.modes.x.push_back(at);
    course.modes.y.push_back(static_cast<double>(coverage.covered));
    course.quality.x.push_back(at);
    course.quality.y.push_back(coverage.high_quality);
  };
  measure(0);
  game.train(setting(contender.name), updates, [&](std::int64_t step, const nn::Scalars&) {
    if (step % (steps / points) == 0) measure(step);
  });
  return course;
}

/// Trains every contender on a set: rows of the table, a plot of coverage and one of samples.
void add_set(Findings& found, report::Table& table, const Setting& setting, const std::string& name,
             std::int64_t updates) {
  const auto& toy = *data::find_toy(name);
  const auto all = std::ssize(toy.modes->centres);
  report::CurvePlot modes{.title = setting("modes.title", name),
                          .x_label = setting("modes.x"),
                          .y_label = setting("modes.y", all),
                          .series = {}};
  report::ScatterPlot scatter{
      .title = setting("samples.title", name), .x_label = "x", .y_label = "y", .panels = {}};
  scatter.panels.push_back(
      evaluation::panel(setting("samples.data"), data::to_tensor(data::draw(toy, "test", 2'000))));
  for (const auto& mode : toy.modes->centres) scatter.centres.push_back({mode[0], mode[1]});
  for (const auto& contender : contenders()) {
    const auto course = train(setting, toy, contender, updates);
    const auto called = setting(contender.name);
    table.rows.push_back(
        {name, called, fmt::format("{:.0f} / {}", course.modes.y.back(), all), {course.quality.y.back(), 3}});
    modes.series.push_back(course.modes);
    if (contender.is_drawn) scatter.panels.push_back(evaluation::panel(called, course.samples));
    if (contender.name == std::string("penalty_5"))
      found.checks.push_back({.what = setting("check.penalty", name),
                              .measured = course.modes.y.back(),
                              .expected = 0.75 * static_cast<double>(all),
                              .relation = Relation::at_least});
  }
  found.plots.push_back(
      {.file = "modes-" + name, .figure = setting.draw(modes), .caption = setting("modes.caption")});
  found.plots.push_back(
      {.file = "samples-" + name, .figure = setting.draw(scatter), .caption = setting("samples.caption")});
}

}  // namespace

Findings mode_collapse(const Setting& setting) {
  const bool quick = setting.options.quick;
  Findings found;
  report::Table table{.title = setting("table.title"),
                      .columns = {{.name = setting("table.set"), .align = report::Align::kLeft},
                                  {.name = setting("table.how"), .align = report::Align::kLeft},
                                  {setting("table.modes")},
                                  {setting("table.quality")}}};
  add_set(found, table, setting, "gaussian-ring", quick ? 400 : 3'000);
  if (!quick) add_set(found, table, setting, "25-gaussians", 3'000);
  found.tables.push_back(std::move(table));
  return found;
}

}  // namespace pushforward::lab
