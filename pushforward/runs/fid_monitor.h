// FID of a model's samples while it trains.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "pushforward/evaluation/extractor.h"
#include "pushforward/metrics/frechet.h"
#include "pushforward/models/examples.h"
#include "pushforward/nn/trainable.h"

namespace pushforward::runs {

/// Scalar "fid": the Fréchet distance of features between 10,000 samples and real images (of any size, where
/// the features have one of their own), whose statistics are taken once.
class FidMonitor {
 public:
  static constexpr std::int64_t samples = 10'000;

  /// `features` as open_extractor takes them, `shape` that of a sample. Throws UsageError for points, and
  /// Error as Extractor::extract and for fewer than two images.
  FidMonitor(const models::Examples& real, const models::Shape& shape, const std::string& features);

  /// Nothing while the model has nothing to draw from.
  nn::Scalars measure(nn::Trainable& model, at::Generator generator) const;

  /// "FID of 10,000 samples against 10,000 of fashion-mnist:test, features: classifier 0a1b2c3d4e5f"
  std::string text() const;

 private:
  std::string name_;
  models::Shape shape_;
  std::unique_ptr<evaluation::Extractor> extractor_;
  std::optional<metrics::GaussianStatistics> real_;
};

}  // namespace pushforward::runs
