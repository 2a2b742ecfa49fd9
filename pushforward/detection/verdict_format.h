// Verdicts as text: lines for people, CSV and JSON.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "pushforward/core/json.h"
#include "pushforward/detection/judge.h"

namespace pushforward::detection {

/// {"image", "score", "p_value", "foreign"}; a score that is not finite is null.
Json to_json(const Verdict& verdict);

/// How many were foreign, as a share with Wilson's 95 % interval, beside the rate that was promised.
std::string summary_text(const CalibratedDetector& detector, const Detected& seen);
Json summary_json(const CalibratedDetector& detector, const Detected& seen);

/// How verdicts are written as they come: `head`, a text for each with `between` between them, and `end`.
struct VerdictFormat {
  const char* name;
  std::string head, between;
  std::string (*verdict)(const Verdict& verdict);
  /// The summary; null where there are lines for programs and nothing else.
  std::string (*end)(const CalibratedDetector& detector, const Detected& seen);
};

/// "text" for people, "csv" (a name is quoted where it must be) and "jsonl" for programs, a line each, or
/// "json", one document. Throws UsageError for another name.
const VerdictFormat& verdict_format(std::string_view name);

/// Judges images as `detect` does, and hands `write` the text of their verdicts as they come. The head is
/// written with the first verdict, so that a request that fails at once writes nothing.
Detected write_verdicts(const CalibratedDetector& detector, const data::Spec& spec,
                        const VerdictFormat& format, const std::function<void(const std::string&)>& write);

}  // namespace pushforward::detection
