// A detector with its threshold: fitted, calibrated, and kept in one file.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pushforward/core/json.h"
#include "pushforward/detection/companions.h"
#include "pushforward/ood/calibration.h"
#include "pushforward/ood/detector.h"
#include "pushforward/ops/constant_weights.h"
#include "pushforward/ops/precision.h"
#include "pushforward/ops/reused_memory.h"

namespace pushforward::detection {

/// Where a run keeps its detector: RUN/detector.pf.
std::filesystem::path detector_file(const train::RunFolder& run);

/// What a detector has seen of which set.
struct Seen {
  std::string data;
  std::int64_t images = 0;
};
Json to_json(const Seen& seen);

/// Everything that a service needs to judge images: configuration and weights of the model and its companions
/// (of detectors that have one), what the detector learned, and the scores that it is calibrated by.
///
///   const auto detector = CalibratedDetector::of_run(run, {.detector = "typicality"});
///   detector.save("detector.pf");
///   const auto scores = CalibratedDetector::load("detector.pf").score(images);
class CalibratedDetector {
 public:
  struct Options {
    std::string detector;               // of ood::kinds(); "": the first that the model serves
    double false_positive_rate = 0.01;  // promised, see ood/calibration.h
    std::string data;                   // images like the run's to calibrate on; "": those it held out
    data::Reading reading = {};  // of these, beside what the run says of its own; a size only without one
  };

  /// Nothing in it is trained or fitted on what it is calibrated on. The detector is fitted on what the run
  /// held out and calibrated on `options.data`; without these, one half of what was held out serves for each.
  /// Where companions were trained on some of it, only the others calibrate, be they fewer than half, and the
  /// rest fits: of runs of 3 seeds that hold out a fifth each, 1/25 of that is left. Throws UsageError for an
  /// unknown detector, when companions leave nothing and when `options.data` are seen images
  /// (detection/unseen.h), and Error when the model lacks what it needs, when nothing was held out, and for
  /// too few images (ood::Calibration). Products are of the caller's precision (ops/precision.h), then and in
  /// every score: scores of another would not be those that the threshold was set by.
  static CalibratedDetector of_run(const models::Run& run, const Options& options,
                                   const Companions& companions = {});

  /// Makes a detector that needs no model, from images alone: fitted on 4/5 of options.data, calibrated on
  /// the rest, as data::split divides it under `seed`. Throws as `of_run`.
  static CalibratedDetector of_images(const Options& options, std::uint64_t seed);

  /// One file (checkpoint/safetensors.h), whole or absent.
  void save(const std::filesystem::path& path) const;
  /// Throws Error for a file that is damaged, no detector's, or of another version of the program.
  static CalibratedDetector load(const std::filesystem::path& path);
  /// A detector's file, or a run's folder: the detector that `calibrate` keeps in it. Throws Error as `load`,
  /// and for what is no run or has no detector yet.
  static CalibratedDetector open(const std::filesystem::path& path);

  /// Scores [N] of images uint8 [N, C, H, W], higher = more anomalous. May be called from several threads:
  /// they take turns, each call having all processors. Throws Error for images of another shape or type.
  std::vector<double> score(const at::Tensor& images) const;

  /// Scores images of its own making and forgets what it found, so that what is made once is made before the
  /// first image comes: kernels, threads, buffers.
  void warm_up() const;

  /// Bytes of the buffers that it keeps from call to call.
  std::size_t buffered_bytes() const { return workplace_->memory.bytes(); }

  const ood::Calibration& calibration() const { return *calibration_; }
  const std::string& name() const { return name_; }
  const models::Shape& shape() const { return shape_; }
  std::int64_t resize() const { return resize_; }  // images become so × so first; 0: they are as they are
  ops::Precision precision() const { return precision_; }
  data::ResizeMode resize_mode() const { return resize_mode_; }
  const Seen& fitted_on() const { return fitted_on_; }
  const Seen& calibrated_on() const { return calibrated_on_; }
  /// That no model in it has seen what it was calibrated on is told by the names of sets alone: a run has no
  /// record of what it was trained on, or that is not here. Of a detector that was just made.
  bool by_name() const { return by_name_; }

 private:
  CalibratedDetector() = default;
  void fit_and_calibrate(const models::Examples& fit, const models::Examples& calibrate, double rate);

  std::string name_;
  models::Shape shape_;
  std::int64_t resize_ = 0;
  ops::Precision precision_ = ops::precision();
  data::ResizeMode resize_mode_ = data::ResizeMode::pillow_bilinear;
  std::vector<Part> parts_;  // none for a detector that needs no model
  std::unique_ptr<ood::Detector> detector_;
  std::unique_ptr<ood::Calibration> calibration_;
  Seen fitted_on_, calibrated_on_;
  bool by_name_ = false;

  /// What scores one batch after another, one call at a time: buffers, and what products make of weights.
  struct Workplace {
    std::mutex turn;
    ops::ReusedMemory memory;
    ops::ConstantWeights weights;
  };
  std::unique_ptr<Workplace> workplace_ = std::make_unique<Workplace>();
};

}  // namespace pushforward::detection
