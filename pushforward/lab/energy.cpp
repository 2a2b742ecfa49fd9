#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/loader.h"
#include "pushforward/data/toys.h"
#include "pushforward/evaluation/scatter.h"
#include "pushforward/flows/models.h"
#include "pushforward/gans/dcgan.h"
#include "pushforward/gans/mlp.h"
#include "pushforward/gans/noise_contrast.h"
#include "pushforward/lab/image_sets.h"
#include "pushforward/lab/table.h"
#include "pushforward/metrics/importance.h"
#include "pushforward/metrics/roc.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/maximum_likelihood.h"
#include "pushforward/nn/random.h"
#include "pushforward/ood/state.h"
#include "pushforward/report/plot.h"

namespace pushforward::lab {
namespace {

using Relation = Check::Relation;

/// log p [n] of points [n, 2], nats.
at::Tensor log_mixture(const data::Mixture& mixture, const at::Tensor& x) {
  std::vector<at::Tensor> all;
  for (const auto& centre : mixture.centres)
    all.push_back((x - at::tensor({centre[0], centre[1]}, x.options())).square().sum(1));
  const double variance = mixture.sigma * mixture.sigma, modes = static_cast<double>(mixture.centres.size());
  return (at::stack(all, 1) / (-2 * variance)).logsumexp(1) -
         std::log(modes * 2 * std::numbers::pi * variance);
}

/// A flow of the plane, and the critic that corrects it.
struct Corrected {
  std::shared_ptr<flows::Flow> flow;
  std::shared_ptr<gans::Critic> critic;

  at::Tensor log_flow(const at::Tensor& x) const { return flow->log_prob(x).to(at::kDouble); }
  at::Tensor log_ratio(const at::Tensor& x) const { return gans::log_ratio(*critic, x, {}).to(at::kDouble); }
};

Corrected learn_plane(const Setting& setting, const data::Toy& toy) {
  constexpr std::int64_t batch = 512;
  const std::int64_t flow_steps = 400, critic_steps = setting.options.quick ? 1'000 : 4'000;
  auto init = nn::generator(setting.seed("plane"));
  Corrected made{
      .flow = flows::real_nvp({.dims = 2, .hidden = 64, .couplings = 6, .seed = setting.seed("plane flow")}),
      .critic = std::make_shared<gans::MlpCritic>(
          gans::MlpCriticOptions{.hidden = {128, 128, 128}, .slope = 0.2, .scale = 2}, init)};
  const auto steps = flow_steps + critic_steps;
  const auto points = data::to_tensor(data::draw(toy, "train", batch * steps, setting.seed("plane data")));
  nn::MaximumLikelihood fitting(made.flow, {.descent = {.clip_norm = 100}});
  const auto noise_seed = setting.seed("plane noise");
  gans::NoiseContrast contrast(made.flow, made.critic, {.seed = noise_seed});
  Progress progress(setting("plane.work"), steps);
  for (std::int64_t i = 0; i < steps; ++i) {
    stop_if_interrupted("training in the plane");
    const auto x = points.slice(0, i * batch, (i + 1) * batch);
    const bool corrects = i >= flow_steps;
    const auto step = corrects ? i - flow_steps : i;
    const double done = static_cast<double>(step) / static_cast<double>(corrects ? critic_steps : flow_steps);
    const double rate = 3e-3 * (1 + std::cos(std::numbers::pi * done)) / 2;
    auto& training = corrects ? static_cast<nn::Trainable&>(contrast) : fitting;
    training.step(x, {.step = step, .learning_rate = rate});
    progress.advance();
  }
  return made;
}

/// What integrals over the plane say, by quadrature on squares of side 0.04.
struct Integrals {
  double z = 0;                       // ∫ q exp h
  double off = 0, off_corrected = 0;  // KL(p‖q), KL(p‖p_corrected)
  double ratio = 0, ratio_error = 0;  // E_p |log p/q|, E_p |h − log p/q|
  double share = 0;                   // of the draws that Z is worth
};

Integrals integrate(const data::Mixture& mixture, const Corrected& made) {
  constexpr double side = 0.04, cell = side * side;
  const auto axis = at::arange(-8, 8, side) + side / 2;
  const auto grid = at::meshgrid({axis, axis}, "ij");
  const auto x = at::stack({grid[0].flatten(), grid[1].flatten()}, 1);
  const auto log_p = log_mixture(mixture, x.to(at::kDouble)), log_q = made.log_flow(x), h = made.log_ratio(x);
  const auto sum = [&](const at::Tensor& values) { return values.sum().item<double>() * cell; };
  const auto p = log_p.exp(), ratio = log_p - log_q;
  Integrals all{.z = sum((log_q + h).exp()), .off = sum(p * ratio)};
  all.off_corrected = sum(p * (ratio - h)) + std::log(all.z);
  all.ratio = sum(p * ratio.abs());
  all.ratio_error = sum(p * (h - ratio).abs());
  all.share = all.z * all.z / sum((log_q + 2 * h).exp());
  return all;
}

report::ScatterPanel density_panel(const std::string& name,
                                   const std::function<at::Tensor(const at::Tensor& x)>& log_density) {
  return {.name = name, .points = {}, .log_density = [=](const std::vector<report::Point>& points) {
            const at::NoGradGuard no_grad;
            auto x = at::empty({std::ssize(points), 2});
            auto* numbers = x.data_ptr<float>();
            for (const auto& [a, b] : points) {
              *numbers++ = static_cast<float>(a);
              *numbers++ = static_cast<float>(b);
            }
            return ood::values_of(log_density(x));
          }};
}

/// The plane, where everything is known.
void add_plane(Findings& found, const Setting& setting) {
  const auto& toy = *data::find_toy("eight-gaussians");
  const std::int64_t n = setting.options.quick ? 50'000 : 400'000;
  const auto made = learn_plane(setting, toy);
  const at::NoGradGuard no_grad;
  const auto exact = integrate(*toy.modes, made);
  auto generator = nn::generator(setting.seed("draws"));
  const auto weights =
      metrics::importance_mean(ood::values_of(made.log_ratio(made.flow->sample(n, 1.0, generator))));
  const auto x = data::to_tensor(data::draw(toy, "test", n, setting.seed("test")));
  const auto cost = metrics::mean_interval(ood::values_of(-made.log_flow(x)));
  const auto corrected =
      metrics::mean_interval(ood::values_of(weights.log_mean.value - made.log_flow(x) - made.log_ratio(x)));
  const double z = std::exp(weights.log_mean.value), z_error = z * weights.log_mean.half_width95();

  found.checks.push_back({.what = setting("check.ratio"),
                          .measured = exact.ratio_error,
                          .expected = exact.ratio / 3,
                          .relation = Relation::at_most});
  found.checks.push_back({.what = setting("check.z"), .measured = exact.z, .expected = 1, .error = 0.1});
  found.checks.push_back({.what = setting("check.estimate"),
                          .measured = z,
                          .expected = exact.z,
                          .error = beyond_chance * z_error + 1e-3});
  found.checks.push_back(
      {.what = setting("check.cost"),
       .measured = corrected.value,
       .expected = toy.entropy + exact.off_corrected,
       .error = beyond_chance * (corrected.half_width95() + weights.log_mean.half_width95()) + 1e-3});
  found.checks.push_back({.what = setting("check.nearer"),
                          .measured = exact.off_corrected,
                          .expected = exact.off / 4,
                          .relation = Relation::at_most});
  found.checks.push_back({.what = setting("check.share"),
                          .measured = weights.effective / static_cast<double>(n),
                          .expected = exact.share,
                          .error = 0.1 * exact.share});

  report::Table table{.title = setting("plane.title"),
                      .columns = {{.name = setting("plane.which"), .align = report::Align::kLeft},
                                  {setting("plane.cost"), "nats"},
                                  {setting("plane.off"), "nats"}}};
  table.rows.push_back({setting("plane.entropy"), {toy.entropy, 4}, {0, 4}});
  table.rows.push_back(
      {setting("plane.flow"), report::Cell::interval(cost.value, cost.half_width95(), 4), {exact.off, 4}});
  table.rows.push_back({setting("plane.corrected"),
                        report::Cell::interval(corrected.value, corrected.half_width95(), 4),
                        {exact.off_corrected, 4}});
  found.tables.push_back(std::move(table));

  report::ScatterPlot plot{.title = setting("plane.plot"), .x_label = "x", .y_label = "y", .panels = {}};
  plot.panels.push_back(evaluation::panel(setting("plane.data"), x.slice(0, 0, 20'000)));
  plot.panels.push_back(
      density_panel(setting("plane.flow"), [=](const at::Tensor& at) { return made.log_flow(at); }));
  plot.panels.push_back(density_panel(setting("plane.corrected"), [=](const at::Tensor& at) {
    return made.log_flow(at) + made.log_ratio(at) - weights.log_mean.value;
  }));
  found.plots.push_back({.file = "plane", .figure = setting.draw(plot), .caption = setting("plane.caption")});
}

/// N(δ, 1)ᴰ from N(0, 1)ᴰ with the ratio known: how many draws log Z is worth as D grows.
void add_dimensions(Findings& found, const Setting& setting) {
  constexpr std::int64_t most = 1'024, one = 8;  // δ²D = 1 in 8 dimensions
  constexpr double delta = 1 / (2 * std::numbers::sqrt2);
  const std::int64_t n = setting.options.quick ? 20'000 : 100'000;
  auto generator = nn::generator(setting.seed("dimensions"));
  report::Series drawn{.name = setting("dimensions.drawn"), .x = {}, .y = {}}, law = drawn, estimate = drawn,
                                                                               truth = drawn;
  law.name = setting("dimensions.law");
  estimate.name = setting("dimensions.estimate");
  truth.name = setting("dimensions.truth");
  auto sum = at::zeros({n}, at::kDouble);
  double known = 0, off = 0;  // the most dimensions where log Z is known, and the largest error there
  for (std::int64_t d = 1; d <= most; ++d) {
    sum += nn::draw_normal({n}, 0, 1, generator);
    if ((d & (d - 1)) != 0) continue;
    const double power = delta * delta * static_cast<double>(d);
    const auto mean = metrics::importance_mean(ood::values_of(delta * sum - power / 2));
    const auto at_d = static_cast<double>(d);
    drawn.x.push_back(at_d);
    drawn.y.push_back(mean.effective);
    law.x.push_back(at_d);
    law.y.push_back(std::max(1.0, static_cast<double>(n) * std::exp(-power)));
    estimate.x.push_back(at_d);
    estimate.y.push_back(mean.log_mean.value);
    estimate.low.push_back(mean.log_mean.low);
    estimate.high.push_back(mean.log_mean.high);
    if (mean.is_known()) {
      known = at_d;
      off = std::max(off, std::abs(mean.log_mean.value));
    }
    if (d == one)
      found.checks.push_back({.what = setting("check.law", one),
                              .measured = mean.effective / static_cast<double>(n),
                              .expected = std::exp(-power),
                              .error = 0.13 * std::exp(-power)});
    if (d != most) continue;
    found.checks.push_back({.what = setting("check.blind", most),
                            .measured = mean.log_mean.high,
                            .expected = 0,
                            .relation = Relation::at_most});
    found.checks.push_back({.what = setting("check.unknown", most),
                            .measured = mean.tail,
                            .expected = metrics::ImportanceMean::heaviest_tail,
                            .relation = Relation::at_least});
  }
  found.checks.push_back(
      {.what = setting("check.known"), .measured = off, .expected = 0.2, .relation = Relation::at_most});
  truth.x = {1, static_cast<double>(most)};
  truth.y = {0, 0};
  const std::vector<report::Marker> until{{known, setting("dimensions.known")}};
  report::CurvePlot shares{.title = setting("dimensions.title"),
                           .x_label = setting("dimensions.x"),
                           .y_label = setting("dimensions.y", n),
                           .series = {drawn, law},
                           .markers = until};
  shares.log_x = shares.log_y = true;
  report::CurvePlot constants{.title = setting("constant.title"),
                              .x_label = setting("dimensions.x"),
                              .y_label = setting("constant.y"),
                              .series = {estimate, truth},
                              .markers = until};
  constants.log_x = true;
  found.plots.push_back(
      {.file = "dimensions", .figure = setting.draw(shares), .caption = setting("dimensions.caption")});
  found.plots.push_back(
      {.file = "constant", .figure = setting.draw(constants), .caption = setting("constant.caption")});
}

/// Images: a small flow, corrected by a small convolutional critic.
void add_images(Findings& found, const Setting& setting) {
  const bool quick = setting.options.quick;
  const std::int64_t flow_steps = quick ? 250 : 4'000, critic_steps = quick ? 120 : 2'000;
  const auto sets = image_sets(quick ? 1'000 : 5'000);
  found.scale = setting("images.scale", flow_steps, critic_steps, sets.test.size(0));
  const auto flow = small_image_flow(quick, setting.seed("image flow"));
  const auto flow_seed = setting.seed("dequantisation"), noise_seed = setting.seed("image noise");
  nn::MaximumLikelihood fitting(flow, {.descent = {.clip_norm = 200}, .seed = flow_seed});
  learn_images(setting("images.flow"), sets.train, flow_steps, 1e-3, setting.seed("batches"),
               [&](const at::Tensor& x, std::int64_t step, double rate) {
                 fitting.step(x, {.step = step, .learning_rate = rate});
               });
  const std::vector<std::int64_t> image{1, 28, 28};
  const std::shared_ptr<gans::Critic> critic = gans::dcgan_critic(
      {.size = 28, .width = quick ? 16 : 32}, gans::CriticNorm::none, setting.seed("image critic"));
  gans::NoiseContrast contrast(flow, critic, {.image = image, .seed = noise_seed});
  learn_images(setting("images.critic"), sets.train, critic_steps, 1e-3, setting.seed("contrast batches"),
               [&](const at::Tensor& x, std::int64_t step, double rate) {
                 contrast.step(x, {.step = step, .learning_rate = rate});
               });
  const at::NoGradGuard no_grad;
  const ood::PerImage log_flow =
      ood::remember([=](const at::Tensor& x) { return models::log_prob(*flow, x); });
  const ood::PerImage ratio = ood::remember([=](const at::Tensor& x) {
    return ood::values_of(models::by_batches(
        x, "score", [&](const at::Tensor& batch) { return gans::log_ratio(*critic, batch, image); }));
  });
  const auto minus = [](const ood::PerImage& a, const ood::PerImage& b) -> ImageScore {
    return [=](const at::Tensor& x) {
      return ood::values_of(-(b ? ood::tensor_of(a(x)) + ood::tensor_of(b(x)) : ood::tensor_of(a(x))));
    };
  };
  auto made = aurocs(setting("images.title"), setting("images.set"), sets.test, sets.foreign,
                     {{setting("images.likelihood"), minus(log_flow, {})},
                      {setting("images.ratio"), minus(ratio, {})},
                      {setting("images.energy"), minus(log_flow, ratio)}});
  made.table.notes.push_back(setting("images.note"));
  const auto least = [&](std::size_t score) {
    return *std::ranges::min_element(made.values[score], {}, &metrics::Interval::value);
  };
  const auto keep = [&](const std::string& name, const metrics::Interval& auroc) {
    found.values[name] = auroc.value;
    found.values[name + ".low"] = auroc.low;
    found.values[name + ".high"] = auroc.high;
  };
  keep("likelihood", least(0));
  keep("energy", least(2));
  found.tables.push_back(std::move(made.table));

  // The constant, by draws of the flow, and what data and draws are worth to the critic.
  const std::int64_t n = quick ? 2'000 : 20'000;
  const auto noise = flow->sample(n, 1.0, nn::generator(setting.seed("constant")));
  const auto of_noise = ratio(noise), of_data = ratio(sets.test);
  const auto constant = metrics::importance_mean(of_noise);
  const auto told = metrics::roc(of_noise, of_data).auroc;
  found.checks.push_back({.what = setting("check.told"),
                          .measured = told.value,
                          .expected = 0.75,
                          .relation = Relation::at_least});
  report::Table table{.title = setting("constant.table"),
                      .columns = {{.name = setting("constant.what"), .align = report::Align::kLeft},
                                  {setting("constant.value")}}};
  table.rows.push_back(
      {setting("constant.told"), report::Cell::interval(told.value, told.half_width95(), 4)});
  table.rows.push_back({setting("constant.spread.flow"), {metrics::sd_of(log_flow(sets.test)), 1}});
  table.rows.push_back({setting("constant.spread.ratio"), {metrics::sd_of(of_data), 1}});
  table.rows.push_back({setting("constant.effective", n), {constant.effective, 1}});
  table.rows.push_back({setting("constant.tail"), {constant.tail, 2}});
  table.rows.push_back({setting("constant.log"),
                        constant.is_known() ? report::Cell::interval(constant.log_mean.value,
                                                                     constant.log_mean.half_width95(), 2)
                                            : report::Cell(setting("constant.unknown"))});
  found.tables.push_back(std::move(table));
  found.plots.push_back(
      {.file = "ratios",
       .figure = setting.draw(report::HistogramPlot{
           .title = setting("ratios.title"),
           .x_label = setting("ratios.x"),
           .samples = {{setting("ratios.data"), of_data}, {setting("ratios.noise"), of_noise}}}),
       .caption = setting("ratios.caption")});
}

}  // namespace

Findings energy(const Setting& setting) {
  Findings found;
  add_plane(found, setting);
  add_dimensions(found, setting);
  add_images(found, setting);
  return found;
}

}  // namespace pushforward::lab
