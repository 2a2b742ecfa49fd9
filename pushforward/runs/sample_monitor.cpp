#include "pushforward/runs/sample_monitor.h"

#include <cmath>
#include <numeric>

#include "pushforward/data/loader.h"
#include "pushforward/data/toys.h"
#include "pushforward/gans/scalars.h"
#include "pushforward/metrics/diversity.h"

namespace pushforward::runs {
namespace {

constexpr std::int64_t image_samples = 2'000, point_samples = 10'000;
constexpr std::int64_t critic_parts = 8;

/// The mean of an output over examples, and its standard error, by parts that each are one batch.
struct Output {
  double mean = 0, error = 0;
};

Output output(nn::Trainable& model, const at::Tensor& examples) {
  const auto n = std::min(examples.size(0), Monitor::critic_examples);
  const auto parts = std::min(n, critic_parts);
  auto means = at::empty({parts}, at::kDouble);
  for (std::int64_t i = 0; i < parts; ++i)
    means[i] = nn::value_of(model.evaluate(examples.slice(0, i * n / parts, (i + 1) * n / parts)),
                            gans::scalar::critic_held_out);
  return {.mean = means.mean().item<double>(),
          .error = parts > 1 ? means.std().item<double>() / std::sqrt(static_cast<double>(parts)) : 0};
}

}  // namespace

metrics::CoverageStatistics coverage_of(const data::Mixture& modes) {
  auto centres = at::empty({std::ssize(modes.centres), 2}, at::kDouble);
  for (std::int64_t k = 0; k < centres.size(0); ++k)
    for (std::int64_t i = 0; i < 2; ++i)
      centres[k][i] = modes.centres[static_cast<std::size_t>(k)][static_cast<std::size_t>(i)];
  return {centres, modes.sigma};
}

Monitor::Monitor(models::Examples real, at::Tensor seen) : real_(std::move(real)), seen_(std::move(seen)) {
  const auto n = std::min(real_.values.size(0), real_.shape.points() ? point_samples : image_samples);
  some_ = real_.values.slice(0, 0, n);
  if (!real_.shape.points()) {
    some_ = some_.to(at::kFloat) / 255;
    if (n > 1 && std::min(real_.shape.height, real_.shape.width) >= 8)
      pixels_ = metrics::pixel_statistics(real_.values.slice(0, 0, 10'000));
    return;
  }
  if (const auto* toy = real_.spec.toy(); toy != nullptr && toy->modes) modes_ = coverage_of(*toy->modes);
}

nn::Scalars Monitor::measure(nn::Trainable& model, at::Generator generator) const {
  const auto samples =
      model.sample(real_.shape.points() ? point_samples : image_samples, std::move(generator));
  nn::Scalars scalars;
  if (modes_) {
    auto modes = *modes_;
    modes.add(samples);
    const auto value = modes.value();
    scalars.emplace_back(gans::scalar::modes_covered, static_cast<double>(value.covered));
    scalars.emplace_back(gans::scalar::modes, static_cast<double>(value.modes));
    scalars.emplace_back(gans::scalar::high_quality, value.high_quality);
  }
  if (pixels_)
    scalars.emplace_back(gans::scalar::pixel_distance,
                         metrics::frechet_distance(metrics::pixel_statistics(samples), *pixels_));
  if (some_.size(0) > 1) {
    const auto diversity = metrics::diversity(samples, some_);
    scalars.emplace_back(gans::scalar::diversity, diversity.spread);
    scalars.emplace_back(gans::scalar::nearest_diversity, diversity.nearest);
  }
  if (seen_.defined()) {
    const auto seen = output(model, seen_), unseen = output(model, some_), fake = output(model, samples);
    scalars.emplace_back(gans::scalar::critic_seen, seen.mean);
    scalars.emplace_back(gans::scalar::critic_unseen, unseen.mean);
    scalars.emplace_back(gans::scalar::critic_samples, fake.mean);
    scalars.emplace_back(gans::scalar::critic_error, std::hypot(seen.error, unseen.error));
  }
  return scalars;
}

}  // namespace pushforward::runs
