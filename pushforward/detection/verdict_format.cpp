#include "pushforward/detection/verdict_format.h"

#include <fmt/format.h>

#include "pushforward/core/names.h"
#include "pushforward/core/text.h"
#include "pushforward/metrics/interval.h"

namespace pushforward::detection {
namespace {

/// A name in a CSV: quoted where it must be.
std::string quoted(const std::string& name) {
  if (name.find_first_of(",\"\n\r") == std::string::npos) return name;
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

std::string line(const Verdict& v) {
  return fmt::format("{:<24} {:>14.4f} {:>9.5f}  {}\n", escaped(v.image), v.score, v.p_value,
                     v.foreign ? "FOREIGN" : "familiar");
}

std::string csv_line(const Verdict& v) {
  return fmt::format("{},{},{},{}\n", quoted(v.image), v.score, v.p_value, v.foreign);
}

const VerdictFormat formats[] = {
    {.name = "text",
     .head = fmt::format("{:<24} {:>14} {:>9}  verdict\n", "image", "score", "p"),
     .between = "",
     .verdict = line,
     .end = [](const CalibratedDetector& detector,
               const Detected& seen) { return "\n" + summary_text(detector, seen) + "\n"; }},
    {.name = "csv",
     .head = "image,score,p_value,foreign\n",
     .between = "",
     .verdict = csv_line,
     .end = nullptr},
    {.name = "jsonl",
     .head = "",
     .between = "",
     .verdict = [](const Verdict& verdict) { return to_text(to_json(verdict)) + "\n"; },
     .end = nullptr},
    {.name = "json",
     .head = "{\n\"images\": [\n",
     .between = ",\n",
     .verdict = [](const Verdict& verdict) { return to_text(to_json(verdict)); },
     .end =
         [](const CalibratedDetector& detector, const Detected& seen) {
           return "\n],\n\"summary\": " + to_text(summary_json(detector, seen)) + "\n}\n";
         }},
};

}  // namespace

Json to_json(const Verdict& verdict) {
  return {{"image", verdict.image},
          {"score", finite_or_null(verdict.score)},
          {"p_value", verdict.p_value},
          {"foreign", verdict.foreign}};
}

std::string summary_text(const CalibratedDetector& detector, const Detected& seen) {
  auto text = fmt::format("{} of {} images are foreign to {} ({}", seen.foreign, seen.images,
                          escaped(detector.calibrated_on().data), detector.name());
  if (seen.images > 0) {
    const auto n = static_cast<double>(seen.images);
    const auto rate = metrics::wilson(static_cast<double>(seen.foreign) / n, n);
    text += fmt::format(", {:.2f} %, 95 % interval {:.2f} to {:.2f}", 100 * rate.value, 100 * rate.low,
                        100 * rate.high);
  }
  return text + fmt::format("; of familiar ones at most {} % would be)",
                            100 * detector.calibration().false_positive_rate());
}

Json summary_json(const CalibratedDetector& detector, const Detected& seen) {
  return {{"detector", detector.name()},
          {"precision", ops::name_of(detector.precision())},
          {"threshold", finite_or_null(detector.calibration().threshold())},
          {"false_positive_rate", detector.calibration().false_positive_rate()},
          {"images", seen.images},
          {"foreign", seen.foreign}};
}

const VerdictFormat& verdict_format(std::string_view name) {
  return find_named(formats, name, "format of verdicts");
}

Detected write_verdicts(const CalibratedDetector& detector, const data::Spec& spec,
                        const VerdictFormat& format, const std::function<void(const std::string&)>& write) {
  const auto* before = &format.head;
  const auto seen = detect(detector, spec, [&](const Verdict& verdict) {
    write(*before + format.verdict(verdict));
    before = &format.between;
  });
  if (before == &format.head) write(format.head);
  if (format.end != nullptr) write(format.end(detector, seen));
  return seen;
}

}  // namespace pushforward::detection
