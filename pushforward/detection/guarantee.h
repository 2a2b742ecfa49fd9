// What a calibrated detector promises, for people and for programs.
#pragma once

#include <string>

#include "pushforward/core/json.h"
#include "pushforward/detection/calibrated_detector.h"
#include "pushforward/report/table.h"

namespace pushforward::detection {

/// A sentence for each part of the promise.
struct Guarantee {
  std::string rate;       // at which familiar images are flagged, on average over calibration sets
  std::string threshold;  // at which this one threshold flags them
  std::string unseen;     // nothing in it has seen what it was calibrated on
};

Guarantee guarantee(const CalibratedDetector& detector);

/// The detector that is kept in `file`, with its guarantee in the notes.
report::Table to_table(const CalibratedDetector& detector, const std::string& file);
Json to_json(const CalibratedDetector& detector, const std::string& file);

}  // namespace pushforward::detection
