// What is measured of an adversarial model's samples at the end of an epoch.
#pragma once

#include <optional>
#include <string>

#include "pushforward/metrics/coverage.h"
#include "pushforward/metrics/pixel_statistics.h"
#include "pushforward/nn/trainable.h"
#include "pushforward/study/dataset.h"

namespace pushforward::study {

/// Compares samples with real data that the model is not trained on (or is, where nothing is held out).
///
/// Scalars of images: "pixel_distance", the Fréchet distance of 8×8 thumbnails' mean and covariance
/// (metrics/pixel_statistics.h), over 2,000 samples; of points with known modes: "modes_covered" and
/// "high_quality" (metrics/coverage.h), over 10,000. Of both: "diversity" and "nearest_diversity", ratios to
/// real data (metrics/diversity.h).
class Monitor {
 public:
  explicit Monitor(Dataset real);

  nn::Scalars measure(nn::Trainable& model, at::Generator generator) const;

 private:
  Dataset real_;
  at::Tensor some_;  // of the real data, as samples are
  std::optional<metrics::GaussianStatistics> pixels_;
  std::optional<metrics::CoverageStatistics> modes_;
};

}  // namespace pushforward::study
