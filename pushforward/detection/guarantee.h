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

/// `by_name`: what it was calibrated on is not what its run held out, and only the names of the sets tell
/// that none of its models has seen it.
Guarantee guarantee(const CalibratedDetector& detector, bool by_name = false);

/// The detector that is kept in `file`, with its guarantee in the notes.
report::Table to_table(const CalibratedDetector& detector, const std::string& file, bool by_name = false);
Json to_json(const CalibratedDetector& detector, const std::string& file);

}  // namespace pushforward::detection
