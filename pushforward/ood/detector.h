// "Is this image like those I was fitted on?"
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pushforward/nn/module.h"
#include "pushforward/ood/needs.h"
#include "pushforward/ood/outputs.h"

namespace pushforward::ood {

struct Kind;

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
  /// detector says otherwise. Throws Error without any, for images that lack what its kind needs and for
  /// those that nothing can be learned from, and, as `score`, Interrupted after Ctrl-C.
  void fit(const at::Tensor& in);

  /// How many images one score is about; more than 1 for detectors of batches.
  virtual std::int64_t images_per_score() const { return 1; }

  /// [⌊N / images_per_score⌋] scores of images one after another; those left over get none. ±∞ are scores
  /// like others; throws Error for a NaN, with its index, and before `fit`.
  std::vector<double> score(const at::Tensor& x) const;

  /// What `fit` learned (copies or the tensors themselves; nothing before it), so that a fitted detector can
  /// be kept in a file.
  virtual nn::NamedTensors state() const { return {}; }
  /// Takes what `state` gave for `fit`. Throws Error for tensors of other names or shapes.
  void restore(const nn::NamedTensors& state);

 protected:
  virtual void do_fit(const at::Tensor& in) = 0;
  virtual std::vector<double> do_score(const at::Tensor& x) const = 0;
  virtual void do_restore(const nn::NamedTensors& state);  // refuses any tensor, as `state` gives none

 private:
  friend std::unique_ptr<Detector> make_detector(const Kind& kind, const Outputs& model);

  const Kind* kind_ = nullptr;  // none for one that was made without a line of the table
  bool fitted_ = false;
};

/// A line of the table of detectors.
struct Kind {
  const char* name;
  const char* summary;  ///< for `--help` and reports: the score's formula
  Needs needs;
  std::unique_ptr<Detector> (*make)(const Outputs& model);  ///< of a model that serves `needs`
};

const std::vector<Kind>& kinds();

/// Throws UsageError for an unknown name, with the nearest known one.
const Kind& find_kind(std::string_view name);

/// `kind` must outlive the detector, as those of the table do. Throws Error, saying what is missing, unless
/// the model serves what it needs.
std::unique_ptr<Detector> make_detector(const Kind& kind, const Outputs& model);

/// By its name. Throws also as `find_kind`.
std::unique_ptr<Detector> make_detector(std::string_view name, const Outputs& model);

}  // namespace pushforward::ood
