#include <ATen/ATen.h>

#include "pushforward/core/interrupt.h"
#include "pushforward/data/toys.h"
#include "pushforward/gans/adversarial.h"
#include "pushforward/gans/mlp.h"
#include "pushforward/lab/table.h"
#include "pushforward/metrics/coverage.h"
#include "pushforward/nn/random.h"
#include "pushforward/report/plot.h"

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
  constexpr std::int64_t batch = 256, points = 20;
  const auto seed = setting.seed(contender.name);
  auto init = nn::generator(seed);
  const auto generator = std::make_shared<gans::MlpGenerator>(
      gans::MlpGeneratorOptions{.latent = 2, .hidden = {128, 128}, .scale = 2}, init);
  const auto critic = std::make_shared<gans::MlpCritic>(
      gans::MlpCriticOptions{.hidden = {128, 128}, .slope = 0.2, .scale = 2}, init);
  const ops::AdamOptions adam{.beta1 = 0.5, .beta2 = 0.9};
  gans::Adversarial game(generator, critic,
                         {.objective = contender.objective,
                          .regulariser = contender.regulariser,
                          .schedule = gans::CriticSchedule(contender.n_critic),
                          .generator = adam,
                          .critic = adam,
                          .space = gans::Space::points,
                          .seed = seed});
  auto centres = at::empty({std::ssize(toy.modes->centres), 2}, at::kDouble);
  for (std::int64_t k = 0; k < centres.size(0); ++k)
    for (std::int64_t d = 0; d < 2; ++d)
      centres[k][d] = toy.modes->centres[static_cast<std::size_t>(k)][static_cast<std::size_t>(d)];

  const auto steps = updates * contender.n_critic;
  const auto drawn = data::draw(toy, "train", std::min<std::int64_t>(batch * steps, 200'000), seed);
  const auto all = at::from_blob(const_cast<float*>(drawn.values.data()), {drawn.count, 2}).clone();
  Course course{.modes = {.name = setting(contender.name), .x = {}, .y = {}}, .quality = {}, .samples = {}};
  course.quality = course.modes;
  for (std::int64_t step = 0; step <= steps; ++step) {
    stop_if_interrupted("training a generator");
    if (step % (steps / points) == 0) {
      course.samples = game.sample(2'000, nn::generator(setting.seed("latents")));
      metrics::CoverageStatistics statistics(centres, toy.modes->sigma);
      statistics.add(course.samples);
      const auto coverage = statistics.value();
      const double at = static_cast<double>(step) / static_cast<double>(contender.n_critic);
      course.modes.x.push_back(at);
      course.modes.y.push_back(static_cast<double>(coverage.covered));
      course.quality.x.push_back(at);
      course.quality.y.push_back(coverage.high_quality);
    }
    if (step == steps) break;
    const auto begin = step * batch % (all.size(0) - batch);
    const double done = static_cast<double>(step) / static_cast<double>(steps);
    game.step(all.slice(0, begin, begin + batch), {.step = step, .learning_rate = 2e-3 * (1 - done)});
  }
  return course;
}

std::vector<report::Point> points_of(const at::Tensor& x) {
  const auto values = x.to(at::kDouble).contiguous();
  const auto* number = values.data_ptr<double>();
  std::vector<report::Point> points;
  for (std::int64_t i = 0; i < values.size(0); ++i) points.push_back({number[2 * i], number[2 * i + 1]});
  return points;
}

/// Trains every contender on a set: rows of the table, a plot of coverage and one of samples.
void add_set(Findings& found, report::Table& table, const Setting& setting, const std::string& name,
             std::int64_t updates) {
  const auto& toy = *data::find_toy(name);
  const auto all = std::ssize(toy.modes->centres);
  const auto test = data::draw(toy, "test", 2'000);
  report::CurvePlot modes{.title = setting("modes.title", name),
                          .x_label = setting("modes.x"),
                          .y_label = setting("modes.y", all),
                          .series = {}};
  report::ScatterPlot scatter{
      .title = setting("samples.title", name), .x_label = "x", .y_label = "y", .panels = {}};
  scatter.panels.push_back(
      {setting("samples.data"),
       points_of(at::from_blob(const_cast<float*>(test.values.data()), {test.count, 2}))});
  for (const auto& mode : toy.modes->centres) scatter.centres.push_back({mode[0], mode[1]});
  for (const auto& contender : contenders()) {
    const auto course = train(setting, toy, contender, updates);
    const auto called = setting(contender.name);
    table.rows.push_back(
        {name, called, fmt::format("{:.0f} / {}", course.modes.y.back(), all), {course.quality.y.back(), 3}});
    modes.series.push_back(course.modes);
    if (contender.is_drawn) scatter.panels.push_back({called, points_of(course.samples)});
    if (contender.name == std::string("penalty_5"))
      found.checks.push_back({.what = setting("check.penalty", name),
                              .measured = course.modes.y.back(),
                              .expected = 0.75 * static_cast<double>(all),
                              .relation = Relation::at_least});
  }
  found.plots.push_back(
      {.file = "modes-" + name, .figure = report::draw(modes), .caption = setting("modes.caption")});
  found.plots.push_back(
      {.file = "samples-" + name, .figure = report::draw(scatter), .caption = setting("samples.caption")});
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
