#include "pushforward/detection/guarantee.h"

#include <fmt/format.h>

namespace pushforward::detection {

Guarantee guarantee(const CalibratedDetector& detector) {
  const auto& calibration = detector.calibration();
  const auto interval = calibration.rate_interval();
  return {.rate = fmt::format(
              "an image like those calibrated on is flagged with probability at most {}, on average over "
              "calibration sets of {}: no assumption but that they are exchangeable (split conformal)",
              calibration.false_positive_rate(), calibration.n()),
          .threshold = fmt::format(
              "of this one threshold the rate is between {:.4f} and {:.4f}, for 95 % of such sets",
              interval.low, interval.high),
          .unseen = std::string("nothing in it was trained or fitted on what it was calibrated on") +
                    (detector.by_name() ? ", as far as the names of the sets tell" : "")};
}

report::Table to_table(const CalibratedDetector& detector, const std::string& file) {
  const auto& calibration = detector.calibration();
  report::Table table{.title = "Calibrated detector",
                      .columns = {{.name = "score", .align = report::Align::kLeft},
                                  {.name = "fitted on", .align = report::Align::kLeft},
                                  {.name = "calibrated on", .align = report::Align::kLeft},
                                  {"threshold"},
                                  {"promised rate"},
                                  {.name = "file", .align = report::Align::kLeft}}};
  const auto words = [](const Seen& seen) { return fmt::format("{} of {}", seen.images, seen.data); };
  table.rows = {{detector.name(), words(detector.fitted_on()), words(detector.calibrated_on()),
                 report::Cell(calibration.threshold(), 3), report::Cell(calibration.false_positive_rate(), 4),
                 file}};
  const auto [rate, threshold, unseen] = guarantee(detector);
  table.notes = {rate, threshold, unseen};
  if (detector.precision() != ops::Precision::float32)
    table.notes.push_back(
        fmt::format("it scores with products in {}, wherever it is used, as it was calibrated",
                    ops::name_of(detector.precision())));
  return table;
}

Json to_json(const CalibratedDetector& detector, const std::string& file) {
  const auto& calibration = detector.calibration();
  const auto interval = calibration.rate_interval();
  return {{"file", file},
          {"detector", detector.name()},
          {"precision", ops::name_of(detector.precision())},
          {"false_positive_rate", calibration.false_positive_rate()},
          {"threshold", finite_or_null(calibration.threshold())},
          {"rate_low95", interval.low},
          {"rate_high95", interval.high},
          {"fitted_on", to_json(detector.fitted_on())},
          {"calibrated_on", to_json(detector.calibrated_on())},
          {"guarantee", guarantee(detector).rate}};
}

}  // namespace pushforward::detection
