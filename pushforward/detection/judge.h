// A calibrated detector over images as they come.
#pragma once

#include <functional>
#include <string>

#include "pushforward/data/spec.h"
#include "pushforward/detection/calibrated_detector.h"

namespace pushforward::detection {

struct Verdict {
  std::string image;   // its file's name, or its number
  double score = 0;    // higher = more anomalous
  double p_value = 1;  // of being like the images that the detector was calibrated on
  bool foreign = false;
};

/// What was seen, for the end.
struct Detected {
  std::int64_t images = 0, foreign = 0;
};

/// Judges the images of `spec` (data::open_images) in their order, a thousand at a time, so that memory does
/// not grow with their number. Throws Error naming the first file of another shape, and Interrupted.
Detected detect(const CalibratedDetector& detector, const data::Spec& spec,
                const std::function<void(const Verdict&)>& each);

}  // namespace pushforward::detection
