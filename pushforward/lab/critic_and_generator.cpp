#include <ATen/ATen.h>

#include <cmath>
#include <ctime>
#include <map>

#include "pushforward/data/loader.h"
#include "pushforward/lab/plane_game.h"
#include "pushforward/lab/table.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/metrics/wasserstein.h"
#include "pushforward/report/plot.h"

namespace pushforward::lab {
namespace {

using Relation = Check::Relation;

constexpr double slope_weight = 1;  // λ of the gradient penalty

double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// A training, measured every so many updates of the generator.
struct Progression {
  std::vector<double> updates, seconds;    // of the training alone
  std::vector<double> distance, estimate;  // W₁ to the data, and what the critic says that it is
};

Progression progression(const data::Toy& toy, std::int64_t n_critic, std::int64_t updates, std::int64_t every,
                        std::uint64_t seed) {
  const auto real = data::to_tensor(data::draw(toy, "test", 500));
  PlaneGame game(toy, {.objective = gans::wasserstein(),
                       .regulariser = gans::gradient_penalty(slope_weight),
                       .n_critic = n_critic,
                       .falling = false,
                       .seed = seed});
  Progression made;
  double spent = 0, since = 0;
  const auto measure = [&](std::int64_t update) {
    const at::NoGradGuard no_grad;
    const auto samples = game.sample(500);
    made.updates.push_back(static_cast<double>(update));
    made.seconds.push_back(spent);
    made.distance.push_back(metrics::wasserstein(samples, real).value);
    made.estimate.push_back(
        (game.critic().forward(real).mean() - game.critic().forward(samples).mean()).item<double>());
  };
  measure(0);
  since = processor_seconds();
  game.train(fmt::format("n_critic {}", n_critic), updates, [&](std::int64_t step, const nn::Scalars&) {
    if (step % (every * n_critic) != 0) return;
    spent += processor_seconds() - since;
    measure(step / n_critic);
    since = processor_seconds();
  });
  return made;
}

/// Of what lies in (from, to] of `by`.
double mean_between(const std::vector<double>& by, const std::vector<double>& values, double from,
                    double to) {
  std::vector<double> chosen;
  for (std::size_t i = 0; i < by.size(); ++i)
    if (by[i] > from && by[i] <= to) chosen.push_back(values[i]);
  return metrics::mean_of(chosen);
}

}  // namespace

Findings critic_and_generator(const Setting& setting) {
  const bool quick = setting.options.quick;
  const std::vector<std::int64_t> choices =
      quick ? std::vector<std::int64_t>{1, 5, 20} : std::vector<std::int64_t>{1, 2, 5, 10, 20};
  const std::int64_t updates = quick ? 80 : 300, every = updates / 20;
  const std::uint64_t seeds = quick ? 1 : 3;
  const auto& toy = *data::find_toy("eight-gaussians");
  const auto most = static_cast<double>(updates), steps = 5 * most;

  report::CurvePlot by_updates{.title = setting("updates.title"),
                               .x_label = setting("updates.x"),
                               .y_label = setting("distance"),
                               .series = {}},
      by_time = by_updates, critic = by_updates;
  by_time.title = setting("time.title");
  by_time.x_label = setting("time.x");
  critic.title = setting("critic.title");
  critic.y_label = setting("critic.y");
  report::Table table{.title = setting("table.title"),
                      .columns = {{.name = "n_critic"},
                                  {setting("table.lag")},
                                  {setting("table.updates", updates)},
                                  {setting("table.steps", steps)},
                                  {setting("table.seconds"), "ms"}}};
  std::map<std::int64_t, double> lag, after_updates, after_steps;
  for (const auto n_critic : choices) {
    std::vector<double> lags, ends, affordable, seconds;
    report::Series updated{.name = fmt::format("n_critic {}", n_critic), .x = {}, .y = {}}, timed = updated,
                                                                                            gap = updated;
    for (std::uint64_t i = 0; i < seeds; ++i) {
      // As many updates as the others have, and as many steps of the critic as n_critic 5 has by then.
      const auto made = progression(toy, n_critic, std::max(updates, 5 * updates / n_critic), every,
                                    setting.seed("game", i));
      const auto n = static_cast<double>(n_critic);
      std::vector<double> off;
      for (std::size_t k = 0; k < made.distance.size(); ++k) {
        // Under a penalty λ the optimal critic says W (1 + W/2λ): see the experiment on Lipschitz critics.
        const double w = made.distance[k];
        off.push_back(std::abs(made.estimate[k] - w * (1 + w / (2 * slope_weight))));
        if (i > 0) continue;
        timed.x.push_back(made.seconds[k]);
        timed.y.push_back(w);
        if (made.updates[k] > most) continue;
        updated.x.push_back(made.updates[k]);
        updated.y.push_back(w);
        if (k == 0) continue;
        gap.x.push_back(made.updates[k]);
        gap.y.push_back(off[k]);
      }
      lags.push_back(mean_between(made.updates, off, 0, most));
      ends.push_back(mean_between(made.updates, made.distance, most / 2, most));
      affordable.push_back(mean_between(made.updates, made.distance, steps / n / 2, steps / n));
      seconds.push_back(1'000 * made.seconds.back() / made.updates.back());
    }
    by_updates.series.push_back(std::move(updated));
    by_time.series.push_back(std::move(timed));
    critic.series.push_back(std::move(gap));
    lag[n_critic] = metrics::mean_of(lags);
    after_updates[n_critic] = metrics::mean_of(ends);
    after_steps[n_critic] = metrics::mean_of(affordable);
    table.rows.push_back({n_critic,
                          {lag[n_critic], 2},
                          {after_updates[n_critic], 2},
                          {after_steps[n_critic], 2},
                          {metrics::mean_of(seconds), 1}});
  }
  const auto own = metrics::wasserstein(data::to_tensor(data::draw(toy, "test", 500)),
                                        data::to_tensor(data::draw(toy, "train", 500)))
                       .value;  // of data to data
  Findings found{.checks = {{.what = setting("check.lag"),
                             .measured = lag[20],
                             .expected = lag[1],
                             .relation = Relation::at_most},
                            {.what = setting("check.updates"),
                             .measured = after_updates[20],
                             .expected = after_updates[1],
                             .relation = Relation::at_most,
                             .name = "updates"},
                            {.what = setting("check.harm"),
                             .measured = after_updates[20],
                             .expected = after_updates[5],
                             .error = own,
                             .relation = Relation::at_most,
                             .name = "harm"},
                            {.what = setting("check.steps"),
                             .measured = after_steps[20],
                             .expected = after_steps[5],
                             .relation = Relation::at_least}}};
  found.values = {{"steps.5", after_steps[5]}, {"steps.20", after_steps[20]}, {"own", own}};
  found.tables.push_back(std::move(table));
  found.plots.push_back(
      {.file = "updates", .figure = setting.draw(by_updates), .caption = setting("updates.caption")});
  found.plots.push_back(
      {.file = "time", .figure = setting.draw(by_time), .caption = setting("time.caption")});
  found.plots.push_back(
      {.file = "critic", .figure = setting.draw(critic), .caption = setting("critic.caption")});
  return found;
}

}  // namespace pushforward::lab
