#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/load.h"
#include "pushforward/data/loader.h"
#include "pushforward/data/perturb.h"
#include "pushforward/flows/autoregressive_image.h"
#include "pushforward/flows/flow.h"
#include "pushforward/flows/models.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/lab/table.h"
#include "pushforward/metrics/rank_correlation.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/maximum_likelihood.h"
#include "pushforward/nn/random.h"
#include "pushforward/ood/code_length.h"
#include "pushforward/ood/state.h"
#include "pushforward/ops/layout.h"
#include "pushforward/report/plot.h"
#include "pushforward/runs/gallery.h"

namespace pushforward::lab {
namespace {

using Relation = Check::Relation;

constexpr double least_drawn = -6;  // of even images, nats a pixel

/// The first n of a set, side × side.
data::Images clothes(const char* split, std::int64_t side, std::int64_t n) {
  auto images = data::load_images(fmt::format("fashion-mnist:{}", split));
  images.count = std::min(n, images.count);
  images.pixels.resize(static_cast<std::size_t>(images.count * images.dims()));
  return side == images.height ? images : images.resized(side);
}

/// What is left of images at k × k, in their own size.
at::Tensor smoothed(const data::Images& images, std::int64_t k) {
  return data::to_tensor(images.resized(k).resized(images.height));
}

/// Images whose pixels above 0 all have their mean level: the outline without texture.
at::Tensor flattened(const at::Tensor& images) {
  const auto inside = (images > 0).to(at::kDouble);
  const auto mean = images.to(at::kDouble).sum({2, 3}, true) / inside.sum({2, 3}, true).clamp_min(1);
  return (mean * inside).round().to(at::kByte);
}

/// From whole images to their mean level.
std::vector<std::int64_t> resolutions(std::int64_t side) {
  std::vector<std::int64_t> all;
  for (const std::int64_t k : {28, 14, 7, 4, 2, 1})
    if (k <= side) all.push_back(k);
  return all;
}

/// Every level as likely in every pixel.
data::Images white_noise(std::int64_t n, std::int64_t side, std::uint64_t seed) {
  const auto levels =
      nn::draw_uniform({n * side * side}, 0, 256, nn::generator(seed)).to(at::kByte).contiguous();
  const auto* first = levels.data_ptr<std::uint8_t>();
  return {.name = "white noise",
          .source = {},
          .count = n,
          .channels = 1,
          .height = side,
          .width = side,
          .pixels = {first, first + levels.numel()},
          .labels = {}};
}

/// An image of every `step`-th level, uint8 [n, 1, side, side].
at::Tensor constants(std::int64_t side, std::int64_t step) {
  const auto levels = at::arange(0, 256, step, at::kLong).to(at::kByte);
  return levels.view({-1, 1, 1, 1}).expand({-1, 1, side, side}).contiguous();
}

/// A flow of one linear layer: the normal distribution with the mean and the covariance of dequantised
/// images.
class LinearFlow {
 public:
  LinearFlow(const at::Tensor& images, std::uint64_t seed) : seed_(seed) {
    const auto y = dequantised(images);
    mean_ = y.mean(0);
    covariance_ = covariance_of(y);
    root_ = at::linalg_cholesky(covariance_);
  }

  /// log p at the mean, where it is largest: nats.
  double at_mean() const {
    return -0.5 * static_cast<double>(mean_.numel()) * std::log(2 * std::numbers::pi) -
           root_.diagonal().log().sum().item<double>();
  }
  /// Of images uint8 [N, 1, H, W]: [N] nats.
  std::vector<double> log_prob(const at::Tensor& images) const {
    const auto off = dequantised(images) - mean_;
    return ood::values_of(at_mean() - 0.5 * (off * solved(off.t()).t()).sum(1));
  }
  /// The mean of log p over images, less that over those it was made of, by mean and covariance alone.
  double by_moments(const at::Tensor& images) const {
    const auto y = dequantised(images), off = (y.mean(0) - mean_).unsqueeze(1);
    return (-0.5 * solved(covariance_of(y) - covariance_).trace() - 0.5 * (off * solved(off)).sum())
        .item<double>();
  }

 private:
  /// By the same draw for as many images.
  at::Tensor dequantised(const at::Tensor& images) const {
    const auto levels = images.flatten(1).to(at::kDouble);
    return (levels + nn::draw_uniform_like(levels, 0, 1, nn::generator(seed_))) / 256;
  }
  static at::Tensor covariance_of(const at::Tensor& y) {
    const auto off = y - y.mean(0);
    return off.t().mm(off) / y.size(0);
  }
  /// Σ⁻¹ of columns.
  at::Tensor solved(const at::Tensor& columns) const { return at::cholesky_solve(columns, root_); }

  std::uint64_t seed_;
  at::Tensor mean_, covariance_, root_;
};

/// Flows of images side × side, as they are trained here.
struct Trained {
  const char* name;  // in the texts
  std::shared_ptr<flows::Flow> flow;
  std::int64_t batch, steps;
  double learning_rate, clip_norm;
  bool flatten;
};

std::shared_ptr<flows::Flow> autoregressive(std::int64_t side, bool quick, std::uint64_t seed) {
  auto init = nn::generator(seed);
  const flows::AutoregressiveImageOptions options{
      .event = {1, side, side}, .hidden = quick ? 16 : 24, .layers = quick ? 2 : 4};
  return std::make_shared<flows::Flow>(
      options.event, flows::Flow::Bijectors{std::make_shared<flows::Dequantize>()},
      flows::Flow::Bijectors{std::make_shared<flows::AutoregressiveImage>(options, init)});
}

std::vector<Trained> untrained(std::int64_t side, const Setting& setting) {
  const bool quick = setting.options.quick;
  const flows::RealNvpOptions raw{
      .dims = side * side, .hidden = quick ? 128 : 256, .couplings = 6, .seed = setting.seed("raw")};
  auto noisy = raw;
  noisy.dequantize = true;
  noisy.logit_alpha = 0.05;
  noisy.seed = setting.seed("dequantised");
  const std::int64_t steps = quick ? 400 : 1'500;
  return {{"raw", flows::real_nvp(raw), 128, steps, 1e-3, 2'000, true},
          {"dequantised", flows::real_nvp(noisy), 128, steps, 1e-3, 200, true},
          {"autoregressive", autoregressive(side, quick, setting.seed("autoregressive")), quick ? 32 : 16,
           quick ? 250 : 1'500, 5e-3, 100, false}};
}

void train(const Trained& one, const at::Tensor& images, std::uint64_t seed) {
  const at::AutoGradMode gradients(true);
  nn::MaximumLikelihood training(one.flow, {.descent = {.clip_norm = one.clip_norm}, .seed = seed});
  data::Loader loader(images, {.batch = one.batch, .drop_last = true, .flatten = one.flatten, .seed = seed});
  Progress progress(one.name, one.steps);
  for (std::int64_t step = 0; step < one.steps; ++step) {
    stop_if_interrupted("training a flow of images");
    const double done = static_cast<double>(step) / static_cast<double>(one.steps);
    training.step(loader.next().images, {.step = step, .learning_rate = one.learning_rate * (1 - done)});
    progress.advance();
  }
}

/// −log₂ P of each pixel [N, H, W] under the autoregressive flow.
at::Tensor bits_by_pixel(flows::Flow& flow, const at::Tensor& images) {
  const at::NoGradGuard no_grad;
  const auto& layer = dynamic_cast<flows::AutoregressiveImage&>(*flow.bijectors().back().bijector);
  const auto y = (images.to(at::kFloat) + 0.5) / 256;
  return 8 - layer.log_prob_by_pixel(ops::laid_out(y)) / std::numbers::ln2;
}

/// Of a − b, pair by pair.
metrics::Interval mean_difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(a[i] - b[i]);
  return metrics::mean_interval(differences);
}

std::vector<double> divided(std::vector<double> values, double by) {
  for (auto& value : values) value /= by;
  return values;
}

/// Images over what each of their pixels costs, from 0 bits, black, to 12 and more.
report::Image with_costs(const at::Tensor& images, const at::Tensor& bits) {
  const auto costs = (bits * (255. / 12)).clamp(0, 255).to(at::kByte).unsqueeze(1);
  return runs::grid(at::cat({images, costs}), static_cast<int>(images.size(0)));
}

}  // namespace

Findings likelihood_and_simplicity(const Setting& setting) {
  using Values = std::vector<double>;
  const bool quick = setting.options.quick;
  const std::int64_t side = quick ? 14 : 28, n = quick ? 300 : 1'000;
  const auto pixels = static_cast<double>(side * side);
  const auto seen = data::to_tensor(clothes("train", side, quick ? 5'000 : 20'000));
  const auto held_out = clothes("test", side, n);
  const auto white = white_noise(n, side, setting.seed("white"));
  auto disturbed = held_out;
  data::perturb(disturbed, "noise");
  const auto fresh = data::to_tensor(held_out), noisy = data::to_tensor(disturbed),
             black = at::zeros_like(fresh), grey = constants(side, 5);

  const LinearFlow linear(seen, setting.seed("linear"));
  const auto trained = untrained(side, setting);
  for (const auto& one : trained) train(one, seen, setting.seed(one.name));

  Findings found;
  found.scale = setting("scale", side, seen.size(0), trained.front().steps, trained.back().steps, n);
  const auto check = [&](std::string what, double measured, double expected, double error,
                         Relation relation = Relation::equal) {
    found.checks.push_back({std::move(what), measured, expected, error, relation});
  };

  // A linear flow, by its formulas.
  const auto mean_under_linear = [&](const at::Tensor& x) { return metrics::mean_of(linear.log_prob(x)); };
  const double own = mean_under_linear(seen);
  check(setting("check.mode"), linear.at_mean() - own, pixels / 2, 1e-4 * pixels);
  const auto coarse = smoothed(held_out, side / 2);
  for (const auto& [name, x] : {std::pair("smooth", coarse), {"noisy", noisy}, {"black", black}}) {
    const double expected = linear.by_moments(x);
    check(setting("check.moments", setting(name)), mean_under_linear(x) - own, expected,
          1e-6 * std::abs(expected));
  }

  // Every set under every flow, beside what a compressor needs: nats a pixel.
  struct Likely {
    std::string name;
    std::function<Values(const at::Tensor& images)> log_prob;
  };
  std::vector<Likely> all;
  for (const auto& one : trained)
    all.push_back({setting(one.name), [flow = one.flow, pixels](const at::Tensor& x) {
                     return divided(models::log_prob(*flow, x), pixels);
                   }});
  all.push_back(
      {setting("linear"), [&](const at::Tensor& x) { return divided(linear.log_prob(x), pixels); }});
  const auto length_of = [&](const at::Tensor& x) {
    return divided(ood::code_length(x, ood::compressors()), pixels);
  };
  report::Table table{
      .title = setting("table.title"),
      .columns = {{.name = setting("table.set"), .align = report::Align::kLeft}, {setting("table.length")}}};
  for (const auto& one : all) table.columns.push_back({one.name});
  const auto add_row = [&](const char* name, const at::Tensor& x) {
    std::vector<report::Cell> row{setting(name), {-metrics::mean_of(length_of(x)), 3}};
    std::vector<Values> scores;
    for (const auto& one : all) {
      scores.push_back(one.log_prob(x));
      const auto mean = metrics::mean_interval(scores.back());
      row.push_back(report::Cell::interval(mean.value, mean.half_width95(), 3));
    }
    table.rows.push_back(std::move(row));
    return scores;
  };
  const auto of_clothes = add_row("clothes", fresh), of_noisy = add_row("noisy", noisy);
  add_row("smooth", coarse);
  const auto of_flat = add_row("flat", flattened(fresh));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto gain = mean_difference(of_flat[i], of_clothes[i]);
    const auto name = std::string("flat.") + (i < trained.size() ? trained[i].name : "linear");
    found.values[name] = gain.value;
    found.values[name + ".low"] = gain.low;
    found.values[name + ".high"] = gain.high;
  }
  found.values["length.clothes"] = metrics::mean_of(length_of(fresh)) / std::numbers::ln2;
  found.values["length.flat"] = metrics::mean_of(length_of(flattened(fresh))) / std::numbers::ln2;
  add_row("white", data::to_tensor(white));
  const auto of_black = add_row("black", black);
  table.notes = {setting("table.note")};
  found.tables.push_back(std::move(table));

  // Among clothes alone.
  const auto shortness = divided(length_of(fresh), -1);
  report::Table ranks{
      .title = setting("ranks.title"),
      .columns = {{.name = setting("ranks.flow"), .align = report::Align::kLeft}, {setting("ranks.rho")}}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto rho = metrics::rank_correlation(of_clothes[i], shortness);
    ranks.rows.push_back({all[i].name, report::Cell::interval(rho.value, rho.half_width95(), 2)});
    check(setting("check.rank", all[i].name), rho.low, i + 2 == all.size() ? 0.8 : 0, 0, Relation::at_least);
  }
  found.tables.push_back(std::move(ranks));

  report::CurvePlot smoothing{.title = setting("smoothing.title"),
                              .x_label = setting("smoothing.x"),
                              .y_label = setting("nats"),
                              .series = {}},
      levels{.title = setting("levels.title"),
             .x_label = setting("levels.x"),
             .y_label = setting("levels.y", -least_drawn),
             .series = {}};
  smoothing.log_x = true;
  report::ScatterPlot lengths{.title = setting("lengths.title"),
                              .x_label = setting("lengths.x"),
                              .y_label = setting("lengths.y"),
                              .panels = {},
                              .diagonal = true};
  for (std::size_t i = 0; i < trained.size(); ++i) {
    const auto chance = [](const metrics::Interval& mean) { return beyond_chance * mean.half_width95(); };
    const auto noisier = mean_difference(of_noisy[i], of_clothes[i]),
               blacker = mean_difference(of_black[i], of_clothes[i]);
    check(setting("check.noise", all[i].name), noisier.value, 0, chance(noisier), Relation::at_most);
    check(setting("check.black", all[i].name), blacker.value, 0, chance(blacker), Relation::at_least);

    for (const auto& [name, images] : {std::pair("of.white", &white), {"of.clothes", &held_out}}) {
      report::Series line{.name = setting(name, all[i].name), .x = {}, .y = {}, .low = {}, .high = {}};
      double least_rise = std::numeric_limits<double>::infinity();
      for (const auto k : resolutions(side)) {
        const auto mean = metrics::mean_interval(all[i].log_prob(smoothed(*images, k)));
        if (!line.y.empty()) least_rise = std::min(least_rise, mean.value - line.y.back());
        line.x.push_back(static_cast<double>(side) / static_cast<double>(k));
        line.y.push_back(mean.value);
        line.low.push_back(mean.low);
        line.high.push_back(mean.high);
      }
      if (images == &white)
        check(setting("check.smooth", all[i].name), least_rise / (line.y.back() - line.y.front()), 0, 0.02,
              Relation::at_least);
      smoothing.series.push_back(std::move(line));
    }
    report::Series line{.name = all[i].name, .x = {}, .y = all[i].log_prob(grey)};
    for (std::size_t level = 0; level < line.y.size(); ++level)
      line.x.push_back(5 * static_cast<double>(level));
    levels.series.push_back(std::move(line));
    if (i == 0) continue;  // a raw density has no bits
    report::ScatterPanel panel{.name = all[i].name, .points = {}};
    for (std::size_t k = 0; k < shortness.size(); ++k)
      panel.points.push_back({-shortness[k] / std::numbers::ln2, 8 - of_clothes[i][k] / std::numbers::ln2});
    lengths.panels.insert(lengths.panels.begin(), std::move(panel));
  }

  // Where an autoregressive flow's bits come from.
  const std::size_t last = trained.size() - 1;
  const auto bits = bits_by_pixel(*trained[last].flow, fresh);
  check(setting("check.sum"), bits.mean().item<double>(),
        8 - metrics::mean_of(of_clothes[last]) / std::numbers::ln2, 1e-3);
  const auto flat_grey = *std::ranges::min_element(levels.series[last].y);
  check(setting("check.grey"), flat_grey, metrics::mean_of(of_noisy[last]), 0, Relation::at_least);
  if (!quick) {  // which takes a flow that has learned what an even region is
    const auto flatter = mean_difference(of_flat[last], of_clothes[last]);
    check(setting("check.flat"), flatter.value, 0, beyond_chance * flatter.half_width95(),
          Relation::at_least);
  }
  for (auto& line : levels.series)
    std::ranges::replace_if(
        line.y, [](double y) { return y < least_drawn; }, std::numeric_limits<double>::quiet_NaN());
  levels.series.push_back({.name = setting("of.clothes", all[last].name),
                           .x = {0, 255},
                           .y = Values(2, metrics::mean_of(of_clothes[last]))});
  const auto body = fresh.squeeze(1) > 0;
  report::Table parts{.title = setting("parts.title"),
                      .columns = {{.name = setting("parts.of"), .align = report::Align::kLeft},
                                  {setting("parts.pixels")},
                                  {setting("parts.bits")},
                                  {setting("parts.share")}}};
  double cost[2];
  for (const bool inside : {false, true}) {
    const auto of = bits.masked_select(body == inside);
    cost[inside] = of.mean().item<double>();
    parts.rows.push_back({setting(inside ? "parts.clothes" : "parts.background"),
                          {static_cast<double>(of.numel()) / static_cast<double>(bits.numel()), 3},
                          {cost[inside], 3},
                          {(of.sum() / bits.sum()).item<double>(), 3}});
  }
  check(setting("check.parts"), cost[0], cost[1] / 4, 0, Relation::at_most);
  found.tables.push_back(std::move(parts));

  for (const auto& [file, plot] : {std::pair("smoothing", smoothing), {"levels", levels}})
    found.plots.push_back(
        {.file = file, .figure = setting.draw(plot), .caption = setting(std::string(file) + ".caption")});
  found.plots.push_back(
      {.file = "lengths", .figure = setting.draw(lengths), .caption = setting("lengths.caption")});
  const auto shown =
      at::cat({fresh.slice(0, 0, 4), smoothed(held_out, side / 2).slice(0, 0, 2), noisy.slice(0, 0, 2),
               constants(side, 128).slice(0, 1, 2), data::to_tensor(white).slice(0, 0, 1)});
  found.pictures.push_back({.file = "costs",
                            .image = with_costs(shown, bits_by_pixel(*trained[last].flow, shown)),
                            .alt = setting("costs.alt"),
                            .caption = setting("costs.caption")});
  return found;
}

}  // namespace pushforward::lab
