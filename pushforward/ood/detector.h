// "Is this image like those I was fitted on?"
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pushforward/ood/model.h"

namespace pushforward::ood {

/// A score of images x [N, …] that is higher for more anomalous ones, fitted on in-distribution images
/// alone.
///
///   auto detector = make_detector("typicality", {.log_prob = …});
///   detector->fit(train);
///   const Calibration calibration(detector->score(held_out), 0.01);
///   const bool foreign = calibration.is_out(detector->score(x)[0]);
class Detector {
 public:
  virtual ~Detector() = default;

  /// Learns what it needs from in-distribution images: those the model was trained on, unless the
  /// detector says otherwise. Throws Error without any.
  void fit(const at::Tensor& in);

  /// [N] scores. ±∞ are scores like others; throws Error for a NaN, with the image's index, and before
  /// `fit`.
  std::vector<double> score(const at::Tensor& x) const;

 protected:
  virtual void do_fit(const at::Tensor& in) = 0;
  virtual std::vector<double> do_score(const at::Tensor& x) const = 0;

 private:
  bool fitted_ = false;
};

/// A line of the table of detectors.
struct Kind {
  const char* name;
  const char* summary;  ///< for `--help` and reports: the score's formula
  std::unique_ptr<Detector> (*make)(const Model& model);
};

const std::vector<Kind>& kinds();

/// Throws UsageError for an unknown name, with the nearest known one, and Error when the model lacks
/// what the detector needs.
std::unique_ptr<Detector> make_detector(std::string_view name, const Model& model);

}  // namespace pushforward::ood
