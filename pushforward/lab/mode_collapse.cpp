#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "pushforward/data/loader.h"
#include "pushforward/evaluation/scatter.h"
#include "pushforward/lab/plane_game.h"
#include "pushforward/lab/table.h"
#include "pushforward/report/animation.h"
#include "pushforward/report/grid.h"
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

/// Coverage along a training, and the samples that it was taken of.
struct Course {
  report::Series modes, quality;  // covered modes, and the share of samples within 3σ of one, by update
  std::vector<at::Tensor> samples;
};

/// How many of points [N, 2] fall into each of side × side cells of a square about the origin, as gray values
/// [side · side] from white to black, the second coordinate upwards.
std::vector<std::uint8_t> density_picture(const at::Tensor& points, double half_width, int side) {
  std::vector<int> counts(static_cast<std::size_t>(side * side));
  const auto cell = [&](float value) {
    return static_cast<int>(std::floor((value / half_width + 1) / 2 * side));
  };
  const auto rows = points.contiguous();
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    const float* point = rows.data_ptr<float>() + 2 * i;
    const int x = cell(point[0]), y = side - 1 - cell(point[1]);
    if (x >= 0 && x < side && y >= 0 && y < side) ++counts[static_cast<std::size_t>(y * side + x)];
  }
  std::vector<std::uint8_t> gray;
  for (const int count : counts) gray.push_back(static_cast<std::uint8_t>(255 - std::min(255, 64 * count)));
  return gray;
}

/// A frame for every measurement: the density of the data, then that of every contender's samples.
report::Animation film_of(const at::Tensor& data, const std::vector<Course>& courses) {
  constexpr int side = 120;
  const double half_width = 1.2 * data.abs().max().item<double>();
  std::vector<report::Image> frames;
  for (std::size_t k = 0; k < courses.front().samples.size(); ++k) {
    auto pixels = density_picture(data, half_width, side);
    for (const auto& course : courses) {
      const auto panel = density_picture(course.samples[k], half_width, side);
      pixels.insert(pixels.end(), panel.begin(), panel.end());
    }
    const auto panels = static_cast<int>(courses.size()) + 1;
    frames.push_back(report::make_grid({.n = panels, .height = side, .width = side, .pixels = pixels},
                                       {.columns = 3, .background = 128}));
  }
  return report::animate(frames);
}

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
    course.samples.push_back(game.sample(2'000));
    auto statistics = runs::coverage_of(*toy.modes);
    statistics.add(course.samples.back());
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
  found.values[name + ".modes"] = static_cast<double>(all);
  const auto data = data::to_tensor(data::draw(toy, "test", 2'000));
  scatter.panels.push_back(evaluation::panel(setting("samples.data"), data));
  std::vector<Course> courses;
  for (const auto& mode : toy.modes->centres) scatter.centres.push_back({mode[0], mode[1]});
  for (const auto& contender : contenders()) {
    courses.push_back(train(setting, toy, contender, updates));
    const auto& course = courses.back();
    const auto called = setting(contender.name);
    table.rows.push_back(
        {name, called, fmt::format("{:.0f} / {}", course.modes.y.back(), all), {course.quality.y.back(), 3}});
    modes.series.push_back(course.modes);
    if (contender.is_drawn) scatter.panels.push_back(evaluation::panel(called, course.samples.back()));
    found.values[name + "." + contender.name] = course.modes.y.back();
    found.values[name + "." + contender.name + ".quality"] = course.quality.y.back();
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
  found.films.push_back({.file = "film-" + name,
                         .film = film_of(data, courses),
                         .alt = setting("film.alt", name),
                         .caption = setting("film.caption", name)});
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
