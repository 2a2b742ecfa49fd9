#include "pushforward/metrics/fid.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/random.h"
#include "pushforward/data/load.h"
#include "pushforward/data/loader.h"
#include "pushforward/gans/adversarial.h"
#include "pushforward/gans/dcgan.h"
#include "pushforward/lab/table.h"
#include "pushforward/metrics/fid_infinity.h"
#include "pushforward/metrics/nearest_neighbours.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/models/classifier_model.h"
#include "pushforward/models/image_size.h"
#include "pushforward/nn/cross_entropy.h"
#include "pushforward/nn/random.h"
#include "pushforward/report/plot.h"

namespace pushforward::lab {
namespace {

using Relation = Check::Relation;
using metrics::GaussianStatistics;

constexpr std::int64_t study = 16;  // images of either side, in the study's words

at::Tensor rows_of(const at::Tensor& set, std::int64_t n, std::mt19937_64 engine) {
  auto order = permutation(set.size(0), std::move(engine));
  order.resize(static_cast<std::size_t>(n));
  return set.index_select(0, at::tensor(order, at::kLong));
}

/// c of E FID(n samples, their own distribution) ≈ c/n: to second order in the errors of mean and covariance,
/// E‖m − μ‖² + Σ_ij E (S − Σ)_ij² / (2(λ_i + λ_j)) in the axes of Σ.
/// variances [D, D]: n·E (S − Σ)_ij² there.
double bias_constant(const at::Tensor& eigenvalues, const at::Tensor& variances) {
  const auto sums = eigenvalues.unsqueeze(0) + eigenvalues.unsqueeze(1);
  return (eigenvalues.sum() + (variances / (2 * sums)).sum()).item<double>();
}

/// Of a Gaussian: n·E (S − Σ)_ij² = λ_i λ_j (1 + δ_ij) (Wishart).
double bias_of_gaussian(const at::Tensor& eigenvalues) {
  const auto products = at::outer(eigenvalues, eigenvalues);
  return bias_constant(eigenvalues, products + at::diag(eigenvalues.square()));
}

/// Of the distribution of features [N, D], whatever its shape, from its fourth moments.
double bias_of(const at::Tensor& features) {
  const auto statistics = GaussianStatistics::of(features);
  const auto [eigenvalues, axes] = at::linalg_eigh(statistics.covariance());
  const auto squares = at::matmul(features.to(at::kDouble) - statistics.mean(), axes).square();
  const auto fourth = at::matmul(squares.t(), squares) / static_cast<double>(features.size(0));
  const auto kept = eigenvalues > 1e-9 * eigenvalues.max();  // features that never fire have no error
  const auto index = kept.nonzero().squeeze(1);
  const auto chosen = [&](const at::Tensor& all) {
    return all.index_select(0, index).index_select(1, index);
  };
  return bias_constant(eigenvalues.index_select(0, index), chosen(fourth - at::diag(eigenvalues.square())));
}

// Gaussian features: everything is known.

constexpr std::int64_t axes_of_features = 16;

/// λ_k = 1/k, as features have: a few axes carry most of the variance.
at::Tensor spectrum() {
  return 1 / at::arange(1, axes_of_features + 1, at::kDouble);
}

void add_gaussians(Findings& found, const Setting& setting) {
  const int draws = setting.options.quick ? 100 : 1'000;
  auto generator = nn::generator(setting.seed("gaussians"));
  const auto eigenvalues = spectrum();
  const auto mean = at::zeros({axes_of_features}, at::kDouble);
  const auto known = GaussianStatistics::from(1'000'000, mean, at::diag(eigenvalues));
  const auto draw = [&](std::int64_t n) {
    return nn::draw_normal({n, axes_of_features}, 0, 1, generator, at::kDouble) * eigenvalues.sqrt();
  };
  const double c = bias_of_gaussian(eigenvalues);
  report::Series measured{.name = setting("law.measured"), .x = {}, .y = {}}, law = measured,
                                                                              least = measured;
  law.name = setting("law.formula");
  least.name = setting("law.least");
  for (const std::int64_t n : {4, 8, 16, 32, 64, 128, 256, 512, 1'024}) {
    stop_if_interrupted("measuring FID");
    std::vector<double> values;
    for (int i = 0; i < draws; ++i)
      values.push_back(metrics::frechet_distance(known, GaussianStatistics::of(draw(n))));
    const auto value = metrics::mean_interval(values);
    const auto count = static_cast<double>(n);
    // tr (Σ^½ S Σ^½)^½ ≤ √(rank · tr ΣS), and S has n − 1 axes at most.
    const double total = eigenvalues.sum().item<double>();
    const double floor = total / count + 2 * total -
                         2 * std::sqrt(std::min<double>(count - 1, axes_of_features) *
                                       eigenvalues.square().sum().item<double>());
    measured.x.push_back(count);
    measured.y.push_back(value.value);
    measured.low.push_back(value.low);
    measured.high.push_back(value.high);
    law.x.push_back(count);
    law.y.push_back(c / count);
    least.x.push_back(count);
    least.y.push_back(floor);
    if (n == 512)
      found.checks.push_back(
          {.what = setting("check.law", n),
           .measured = count * value.value,
           .expected = c,
           .error = count * beyond_chance * value.half_width95() + c * axes_of_features / count});
    if (n == 4)
      found.checks.push_back({.what = setting("check.few", n),
                              .measured = value.value,
                              .expected = floor,
                              .error = beyond_chance * value.half_width95(),
                              .relation = Relation::at_least});
  }
  report::CurvePlot plot{.title = setting("law.title", axes_of_features),
                         .x_label = setting("number.x"),
                         .y_label = setting("law.y"),
                         .series = {measured, law, least},
                         .markers = {{.x = study, .name = setting("number.study")}}};
  plot.log_x = plot.log_y = true;
  found.plots.push_back({.file = "law", .figure = setting.draw(plot), .caption = setting("law.caption")});

  // A generator that is off by δ in one direction: FID∞ = δ².
  constexpr double delta = 2;
  std::vector<double> intercepts;
  for (int i = 0; i < draws / 5; ++i) {
    auto off = draw(2'000);
    off.select(1, 0) += delta;
    intercepts.push_back(
        metrics::fid_infinity(known, off, {.seed = static_cast<std::uint64_t>(i)}).value.value);
  }
  const auto intercept = metrics::mean_interval(intercepts);
  found.checks.push_back({.what = setting("check.infinity"),
                          .measured = intercept.value,
                          .expected = delta * delta,
                          .error = beyond_chance * intercept.half_width95()});

  // What it is in truth insensitive to: one rotation of all features, of both sides.
  const auto a = draw(1'000), b = draw(1'000) * 1.5 + 0.5;
  const auto rotation = std::get<0>(
      at::linalg_qr(nn::draw_normal({axes_of_features, axes_of_features}, 0, 1, generator, at::kDouble)));
  const auto distance = [](const at::Tensor& x, const at::Tensor& y) {
    return metrics::frechet_distance(GaussianStatistics::of(x), GaussianStatistics::of(y));
  };
  found.checks.push_back({.what = setting("check.rotated_features"),
                          .measured = distance(a.matmul(rotation), b.matmul(rotation)) / distance(a, b),
                          .expected = 1,
                          .error = 1e-6});
  found.checks.push_back({.what = setting("check.scaled_features"),
                          .measured = distance(2 * a, 2 * b) / distance(a, b),
                          .expected = 4,
                          .error = 1e-6});
}

// Features of images.

/// Images and what a network sees in them.
struct Featured {
  at::Tensor images, features;  // uint8 [N, 1, 28, 28], float32 [N, d]
};

/// Fashion-MNIST, and a classifier trained on a part of it that nothing else here uses.
struct Ground {
  std::shared_ptr<nn::Classifier> network;
  std::int64_t trained;              // on so many images
  Featured reference, fresh;         // images to compare with, and others of the same distribution
  at::Tensor labels;                 // of `fresh`, int64 [N]
  GaussianStatistics statistics{1};  // of `reference`

  at::Tensor features(const at::Tensor& images) const {
    return models::features_and_logits(*network, images).slice(1, 0, network->features());
  }
  /// Of other features to the reference.
  metrics::Interval distance(const at::Tensor& features) const { return metrics::fid(statistics, features); }
  metrics::Interval distance() const { return distance(fresh.features); }
};

Ground prepare(const Setting& setting) {
  const bool quick = setting.options.quick;
  const std::int64_t trained = quick ? 6'000 : 50'000, used = quick ? 2'000 : 10'000;
  auto train = data::load_images("fashion-mnist:train"), test = data::load_images("fashion-mnist:test");
  const auto labels = data::labels_of(train);
  Ground ground{.network = nn::classifier({.width = quick ? 16 : 32}, setting.seed("classifier")),
                .trained = trained,
                .labels = data::labels_of(test).slice(0, 0, used)};
  const auto images = data::to_tensor(std::move(train));
  ground.reference.images = images.slice(0, trained, trained + used);
  ground.fresh.images = data::to_tensor(std::move(test)).slice(0, 0, used);
  nn::CrossEntropy training(ground.network, {});
  data::Loader loader(images.slice(0, 0, trained),
                      {.batch = 100, .flatten = false, .seed = setting.seed("batches")},
                      labels.slice(0, 0, trained).contiguous());
  Progress progress("classifier", loader.batches());
  for (std::int64_t step = 0; step < loader.batches(); ++step) {
    stop_if_interrupted("training a classifier");
    const auto part = loader.next();
    const double done = static_cast<double>(step) / static_cast<double>(loader.batches());
    training.step({part.images, part.labels}, {.step = step, .learning_rate = 3e-3 * (1 - done)});
    progress.advance();
  }
  for (auto* set : {&ground.reference, &ground.fresh}) set->features = ground.features(set->images);
  ground.statistics = GaussianStatistics::of(ground.reference.features);
  return ground;
}

// Corruptions.

at::Tensor floats(const at::Tensor& images) {
  return images.to(at::kFloat) / 255;
}
at::Tensor pixels(const at::Tensor& images) {
  return models::to_pixels(images, 1, images.size(2), images.size(3));
}

at::Tensor noisy(const at::Tensor& images, double sd, at::Generator generator) {
  return pixels(floats(images) + nn::draw_normal(images.sizes(), 0, sd, std::move(generator)));
}

/// By a Gaussian of `sd` pixels; black beyond the edges.
at::Tensor blurred(const at::Tensor& images, double sd, at::Generator) {
  const auto axis = at::arange(images.size(2), at::kFloat);
  const auto away = axis.unsqueeze(0) - axis.unsqueeze(1);
  const auto weights = (-0.5 * (away / sd).square()).exp() / (std::sqrt(2 * std::numbers::pi) * sd);
  return pixels(weights.matmul(floats(images)).matmul(weights));
}

/// About the centre, bilinear.
at::Tensor rotated(const at::Tensor& images, double degrees, at::Generator) {
  const double angle = degrees * std::numbers::pi / 180;
  const auto matrix =
      at::tensor({std::cos(angle), -std::sin(angle), 0.0, std::sin(angle), std::cos(angle), 0.0}, at::kFloat)
          .view({1, 2, 3});
  const auto grid = at::affine_grid_generator(matrix, {1, 1, images.size(2), images.size(3)}, false);
  return pixels(at::grid_sampler(
      floats(images), grid.expand({images.size(0), images.size(2), images.size(3), 2}), 0, 0, false));
}

/// Smaller by a factor, in the middle of black.
at::Tensor rescaled(const at::Tensor& images, double factor, at::Generator) {
  const std::int64_t side = images.size(2), to = 2 * std::llround(factor * static_cast<double>(side) / 2);
  const auto edge = (side - to) / 2;
  return at::constant_pad_nd(models::resized(images, to, to), {edge, edge, edge, edge});
}

/// FID by the number of images: of fresh images, and of blurred ones, which are a distance away.
void add_numbers(Findings& found, const Setting& setting, const Ground& ground) {
  const int draws = setting.options.quick ? 10 : 30;
  const auto& reference = ground.reference.features;
  const auto most = reference.size(0);
  report::CurvePlot plot{.title = setting("number.title"),
                         .x_label = setting("number.x"),
                         .y_label = "FID",
                         .series = {},
                         .markers = {{.x = study, .name = setting("number.study")}}};
  plot.log_x = plot.log_y = true;
  auto sizes = metrics::curve_sizes(most);
  const double c = 2 * bias_of(at::cat({reference, ground.fresh.features}));  // both sides are samples
  report::Series law{.name = setting("number.law"), .x = {}, .y = {}};
  report::Table table{.title = setting("number.table"),
                      .columns = {{.name = setting("number.which"), .align = report::Align::kLeft},
                                  {setting("number.at_few", study)},
                                  {setting("number.at", most)},
                                  {"FID∞"}}};
  for (const bool is_fresh : {true, false}) {
    const auto features =
        is_fresh ? ground.fresh.features : ground.features(blurred(ground.fresh.images, 1, {}));
    report::Series line{.name = setting(is_fresh ? "number.fresh" : "number.blurred"), .x = {}, .y = {}};
    std::vector<std::vector<double>> values(sizes.size());
    for (int i = 0; i < draws; ++i) {
      const auto points = metrics::fid_curve(reference, features, sizes,
                                             setting.seed("subsets", static_cast<std::uint64_t>(i)));
      for (std::size_t k = 0; k < sizes.size(); ++k) values[k].push_back(points[k].fid);
    }
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      const double mean = metrics::mean_of(values[k]), sd = metrics::sd_of(values[k]);
      line.x.push_back(static_cast<double>(sizes[k]));
      line.y.push_back(mean);
      line.low.push_back(mean - sd);
      line.high.push_back(mean + sd);
      if (!is_fresh) continue;
      law.x.push_back(line.x.back());
      law.y.push_back(c / line.x.back());
    }
    const auto infinity = metrics::fid_infinity(reference, features, {.seed = setting.seed("infinity")});
    table.rows.push_back({line.name,
                          report::Cell::interval(line.y[0], line.high[0] - line.y[0], 2),
                          {line.y.back(), 2},
                          report::Cell::interval(infinity.value.value, infinity.value.half_width95(), 2)});
    plot.series.push_back(std::move(line));
  }
  plot.series.push_back(std::move(law));

  // Parts of a finite set: E FID(n) = FID(all) + 2c (1/n − 1/all), and a share of about D/8n in higher
  // orders.
  const auto part = 8 * reference.size(1);
  std::vector<double> values;
  for (std::uint64_t i = 0; i < 1'200; ++i)
    values.push_back(
        metrics::fid_curve(reference, ground.fresh.features, {{part}}, setting.seed("parts", i))[0].fid);
  const auto fid = metrics::mean_interval(values);
  const double share = 1 / static_cast<double>(part) - 1 / static_cast<double>(most);
  found.checks.push_back({.what = setting("check.images", part),
                          .measured = (fid.value - ground.distance().value) / share,
                          .expected = c,
                          .error = beyond_chance * fid.half_width95() / share + c / 32});
  found.plots.push_back(
      {.file = "number", .figure = setting.draw(plot), .caption = setting("number.caption")});
  found.tables.push_back(std::move(table));
}

struct Corruption {
  const char* name;  // in the texts
  at::Tensor (*apply)(const at::Tensor& images, double level, at::Generator generator);
  std::vector<double> levels;
  bool study_denies;  // that FID sees it
};

const std::vector<Corruption>& corruptions() {
  static const std::vector<Corruption> all{{"noise", noisy, {0.05, 0.1, 0.2, 0.4}, false},
                                           {"blur", blurred, {0.5, 1, 1.5, 2.5}, false},
                                           {"rotation", rotated, {10, 20, 45, 90}, true},
                                           {"rescaling", rescaled, {0.93, 0.86, 0.71, 0.5}, true}};
  return all;
}

/// A check that images are seen to differ: the lower end of their interval above the upper of fresh ones.
Check seen(std::string what, const metrics::Interval& fid, const metrics::Interval& fresh,
           std::string name = {}) {
  return {.what = std::move(what),
          .measured = fid.low,
          .expected = fresh.high,
          .relation = Relation::at_least,
          .name = std::move(name)};
}

void add_corruptions(Findings& found, const Setting& setting, const Ground& ground) {
  const auto fresh = ground.distance();
  auto generator = nn::generator(setting.seed("noise"));
  const auto before = floats(ground.fresh.images);
  report::CurvePlot plot{.title = setting("corruption.title"),
                         .x_label = setting("corruption.x"),
                         .y_label = "FID",
                         .series = {}};
  plot.log_y = true;
  report::Table table{.title = setting("corruption.table"),
                      .columns = {{.name = setting("corruption.which"), .align = report::Align::kLeft},
                                  {setting("corruption.change")},
                                  {"FID"},
                                  {setting("corruption.times")}}};
  table.rows.push_back({setting("corruption.none"),
                        {0.0, 3},
                        report::Cell::interval(fresh.value, fresh.half_width95(), 2),
                        {1.0, 1}});
  std::vector<std::uint8_t> examples;
  constexpr std::int64_t shown = 6;
  double largest = 0;
  for (const auto& corruption : corruptions()) {
    report::Series line{
        .name = setting(fmt::format("corruption.{}.name", corruption.name)), .x = {}, .y = {}};
    for (const double level : corruption.levels) {
      stop_if_interrupted("measuring FID");
      const auto images = corruption.apply(ground.fresh.images, level, generator);
      const auto fid = ground.distance(ground.features(images));
      const double change = (floats(images) - before).square().mean().sqrt().item<double>();
      const auto name = setting(fmt::format("corruption.{}.level", corruption.name), level);
      table.rows.push_back({name,
                            {change, 3},
                            report::Cell::interval(fid.value, fid.half_width95(), 2),
                            {fid.value / fresh.value, 1}});
      line.x.push_back(change);
      line.y.push_back(fid.value);
      line.low.push_back(fid.low);
      line.high.push_back(fid.high);
      largest = std::max(largest, change);
      if (corruption.study_denies &&
          (level == corruption.levels.front() || level == corruption.levels.back()))
        found.checks.push_back(seen(setting("check.seen", name), fid, fresh, "denied"));
      if (level != corruption.levels[2]) continue;
      const auto some = images.slice(0, 0, shown).contiguous();
      examples.insert(examples.end(), some.data_ptr<std::uint8_t>(),
                      some.data_ptr<std::uint8_t>() + some.numel());
    }
    plot.series.push_back(std::move(line));
  }
  plot.series.push_back(
      {.name = setting("corruption.none"), .x = {0, largest}, .y = {fresh.value, fresh.value}});
  found.plots.push_back(
      {.file = "corruptions", .figure = setting.draw(plot), .caption = setting("corruption.caption")});
  found.pictures.push_back(
      {.file = "corrupted",
       .image = report::make_grid(
           {.n = static_cast<int>(4 * shown), .height = 28, .width = 28, .pixels = examples},
           {.columns = static_cast<int>(shown)}),
       .alt = setting("corruption.alt"),
       .caption = setting("corruption.picture")});
  found.tables.push_back(std::move(table));
}

// Generators of known faults.

void add_generators(Findings& found, const Setting& setting, const Ground& ground) {
  const auto& features = ground.fresh.features;
  const auto n = features.size(0);
  auto generator = nn::generator(setting.seed("generators"));
  const auto any = [&](std::int64_t below) {
    return nn::draw_uniform({n}, 0, static_cast<double>(below), generator).to(at::kLong);
  };
  const auto half = (ground.labels < 5).nonzero().squeeze(1);
  const auto copied = ground.reference.features.index_select(0, any(n)),
             classes = features.index_select(0, half),
             soft = ground.features(blurred(ground.fresh.images, 1, {})),
             one = features.slice(0, 0, 1).expand_as(features);
  const auto fresh = ground.distance(), copies = ground.distance(copied);
  report::Table table{.title = setting("generator.table"),
                      .columns = {{.name = setting("generator.which"), .align = report::Align::kLeft},
                                  {"FID"},
                                  {setting("generator.nearest")}}};
  const auto nearest = [&](const at::Tensor& samples) {
    return metrics::nearest_neighbours(samples, ground.reference.features, 1)
        .distances.median()
        .item<double>();
  };
  const auto row = [&](const char* name, const at::Tensor& samples) {
    const auto value = ground.distance(samples);
    table.rows.push_back(
        {setting(name), report::Cell::interval(value.value, value.half_width95(), 2), {nearest(samples), 2}});
  };
  row("generator.fresh", features);
  row("generator.copies", copied);
  row("generator.blurs", soft);
  row("generator.half", classes);
  row("generator.ten", features.index_select(0, any(10)));
  row("generator.one", one);
  found.tables.push_back(std::move(table));
  found.checks.push_back({.what = setting("check.copies"),
                          .measured = copies.value,
                          .expected = fresh.value,
                          .relation = Relation::at_most,
                          .name = "copies"});
  found.checks.push_back({.what = setting("check.nearest"),
                          .measured = nearest(copied),
                          .expected = 0,
                          .error = 1e-9,
                          .name = "copies"});
  // As many fresh images as five classes have: FID of fewer is larger by itself.
  const auto as_many = ground.distance(features.slice(0, 0, classes.size(0)));
  found.checks.push_back(seen(setting("check.half"), ground.distance(classes), as_many, "half"));
  found.checks.push_back(seen(setting("check.blurs"), ground.distance(soft), fresh));
  // Without a covariance: ‖f − μ‖² + tr Σ.
  const double closed = ((features[0].to(at::kDouble) - ground.statistics.mean()).square().sum() +
                         ground.statistics.covariance().trace())
                            .item<double>();
  found.checks.push_back({.what = setting("check.one"),
                          .measured = ground.distance(one).value,
                          .expected = closed,
                          .error = 1e-4 * closed});
}

// The noise of 16 images, and the oscillation of a training.

void add_training(Findings& found, const Setting& setting, const Ground& ground) {
  const bool quick = setting.options.quick;
  const std::int64_t epochs = quick ? 8 : 20, steps = quick ? 20 : 100, n = ground.reference.images.size(0);
  const int draws = quick ? 40 : 200;
  const auto seed = setting.seed("training");
  const gans::DcganOptions size{.latent = 32, .size = 28, .width = 16};
  const ops::AdamOptions adam{.beta1 = 0.5};
  gans::Adversarial game(gans::dcgan_generator(size, seed),
                         gans::dcgan_critic(size, gans::CriticNorm::batch, seed),
                         {.generator = adam, .critic = adam, .seed = seed});
  data::Loader loader(ground.reference.images, {.batch = 64, .flatten = false, .seed = seed});
  report::Series many{.name = setting("training.many", n), .x = {}, .y = {}}, few = many, single = many;
  few.name = setting("training.few", study, draws);
  single.name = setting("training.single", study);
  std::vector<double> noise, excess;
  double many_noise = 0, doubt = 0;
  Progress progress("GAN", epochs * steps);
  for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
    for (std::int64_t step = (epoch - 1) * steps; step < epoch * steps; ++step) {
      stop_if_interrupted("training a generator");
      game.step(loader.next().images, {.step = step, .epoch = epoch - 1, .learning_rate = 1e-3});
      progress.advance();
    }
    const auto number = static_cast<std::uint64_t>(epoch);
    const auto features =
        ground.features(pixels(game.sample(n, nn::generator(setting.seed("latents", number)))));
    const auto value = ground.distance(features);
    std::vector<double> values;
    for (int i = 0; i < draws; ++i) {
      auto engine = stream(setting.seed("sixteen", number), "draw", static_cast<std::uint64_t>(i));
      const auto some = rows_of(ground.reference.features, study, engine),
                 others = rows_of(features, study, engine);
      values.push_back(
          metrics::frechet_distance(GaussianStatistics::of(some), GaussianStatistics::of(others)));
    }
    const double mean = metrics::mean_of(values), sd = metrics::sd_of(values);
    for (auto* line : {&many, &few, &single}) line->x.push_back(static_cast<double>(epoch));
    many.y.push_back(value.value);
    many.low.push_back(value.low);
    many.high.push_back(value.high);
    few.y.push_back(mean);
    few.low.push_back(mean - sd);
    few.high.push_back(mean + sd);
    single.y.push_back(values.front());
    noise.push_back(sd);
    excess.push_back(mean / value.value);
    doubt = std::max(doubt, beyond_chance * metrics::mean_interval(values).half_width95() / value.value);
    many_noise += value.half_width95() / metrics::z95 / static_cast<double>(epochs);
  }
  // From epoch to epoch in the second half of the training, without its trend: of second differences of
  // independent numbers the mean square is 6 variances.
  const auto oscillation = [](const std::vector<double>& y) {
    double sum = 0;
    const auto half = y.size() / 2;
    for (std::size_t i = half; i < y.size(); ++i) sum += std::pow(y[i] - 2 * y[i - 1] + y[i - 2], 2);
    return std::sqrt(sum / 6 / static_cast<double>(y.size() - half));
  };
  const double of_training = oscillation(many.y), of_few = metrics::mean_of(noise);
  report::Table table{
      .title = setting("training.table"),
      .columns = {{.name = setting("training.what"), .align = report::Align::kLeft}, {"FID"}}};
  table.rows.push_back({setting("training.noise", study), {of_few, 2}});
  table.rows.push_back({setting("training.noise", n), {many_noise, 2}});
  table.rows.push_back({setting("training.oscillation", n), {of_training, 2}});
  table.rows.push_back({setting("training.oscillation", study), {oscillation(single.y), 2}});
  found.tables.push_back(std::move(table));
  found.checks.push_back({.what = setting("check.excess", study, n),
                          .measured = *std::ranges::min_element(excess),
                          .expected = 1,
                          .error = doubt,
                          .relation = Relation::at_least});
  found.checks.push_back({.what = setting("check.noise", study),
                          .measured = of_few / of_training,
                          .expected = 1,
                          .relation = Relation::at_least,
                          .name = "sixteen"});
  report::CurvePlot plot{.title = setting("training.title"),
                         .x_label = setting("training.x"),
                         .y_label = "FID",
                         .series = {many, few, single}};
  plot.log_y = true;
  found.plots.push_back(
      {.file = "training", .figure = setting.draw(plot), .caption = setting("training.caption")});
}

}  // namespace

Findings fid(const Setting& setting) {
  Findings found;
  add_gaussians(found, setting);
  const auto ground = prepare(setting);
  found.scale = setting("scale", ground.trained, ground.fresh.images.size(0));
  add_numbers(found, setting, ground);
  add_corruptions(found, setting, ground);
  add_generators(found, setting, ground);
  add_training(found, setting, ground);
  return found;
}

}  // namespace pushforward::lab
