// Calibrated detectors, with the models in them.
#include "tests/fuzz/harness.h"

#include "pushforward/detection/calibrated_detector.h"

PUSHFORWARD_FUZZER("input.pf", pushforward::detection::CalibratedDetector::load)
