// What is measured of an adversarial model's samples at the end of an epoch.
#pragma once

#include <optional>
#include <string>

#include "pushforward/data/toys.h"
#include "pushforward/metrics/coverage.h"
#include "pushforward/metrics/pixel_statistics.h"
#include "pushforward/models/examples.h"
#include "pushforward/nn/trainable.h"

namespace pushforward::runs {

/// Counts samples by the modes of a mixture in the plane.
metrics::CoverageStatistics coverage_of(const data::Mixture& modes);

/// Compares samples with real data that the model is not trained on (or is, where nothing is held out).
///
/// Scalars of images: "pixel_distance", the Fréchet distance of 8×8 thumbnails' mean and covariance
/// (metrics/pixel_statistics.h), over 2,000 samples; of points with known modes: "modes_covered" of
/// "modes" and "high_quality" (metrics/coverage.h), over 10,000. Of both: "diversity" and
/// "nearest_diversity", ratios to real data (metrics/diversity.h); and, where there are training data, the
/// means over 2,000 of each of the "critic_held_out" of the model's `evaluate`: "critic_seen" of
/// them, "critic_unseen" of the real data, "critic_samples", and "critic_error", the standard error of the
/// first minus the second.
class Monitor {
 public:
  static constexpr std::int64_t critic_examples = 2'000;

  /// seen: training data as batches are, [n, …]; undefined: none to compare with.
  explicit Monitor(models::Examples real, at::Tensor seen = {});

  nn::Scalars measure(nn::Trainable& model, at::Generator generator) const;

 private:
  models::Examples real_;
  at::Tensor some_, seen_;  // of the real data and of the training data, as samples are
  std::optional<metrics::GaussianStatistics> pixels_;
  std::optional<metrics::CoverageStatistics> modes_;
};

}  // namespace pushforward::runs
