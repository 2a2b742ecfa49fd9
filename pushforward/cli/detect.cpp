#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>

#include "pushforward/cli/checks.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/core/progress.h"
#include "pushforward/detection/judge.h"
#include "pushforward/metrics/interval.h"

namespace pushforward::cli {
namespace {

/// A run stands for the detector that `calibrate` keeps in it.
detection::CalibratedDetector load(const std::string& what) {
  if (!std::filesystem::is_directory(what)) return detection::CalibratedDetector::load(what);
  const auto path = detection::detector_file(train::RunFolder::open(what));
  if (!std::filesystem::exists(path))
    throw fail("{} has no detector: run `pushforward calibrate {}` first", what, what);
  return detection::CalibratedDetector::load(path);
}

void put(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
    throw fail("cannot write the results to standard output: {}", std::strerror(errno));
}

/// A name in a CSV: quoted where it must be.
std::string quoted(const std::string& name) {
  if (name.find_first_of(",\"\n\r") == std::string::npos) return name;
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

Json json_of(const detection::Verdict& verdict) {
  return {{"image", verdict.image},
          {"score", finite_or_null(verdict.score)},
          {"p_value", verdict.p_value},
          {"foreign", verdict.foreign}};
}

std::string line(const detection::Verdict& v, const std::string& format) {
  if (format == "csv") return fmt::format("{},{},{},{}\n", quoted(v.image), v.score, v.p_value, v.foreign);
  if (format == "jsonl") return json_of(v).dump() + "\n";
  return fmt::format("{:<24} {:>14.4f} {:>9.5f}  {}\n", v.image, v.score, v.p_value,
                     v.foreign ? "FOREIGN" : "familiar");
}

std::string head(const std::string& format) {
  if (format == "csv") return "image,score,p_value,foreign\n";
  if (format == "jsonl") return "";
  return fmt::format("{:<24} {:>14} {:>9}  verdict\n", "image", "score", "p");
}

Json summary_of(const detection::CalibratedDetector& detector, const detection::Detected& seen) {
  Json json{{"detector", detector.name()},
            {"threshold", finite_or_null(detector.calibration().threshold())},
            {"false_positive_rate", detector.calibration().false_positive_rate()},
            {"images", seen.images},
            {"foreign", seen.foreign}};
  return json;
}

std::string words_of(const detection::CalibratedDetector& detector, const detection::Detected& seen) {
  auto text = fmt::format("{} of {} images are foreign to {} ({}", seen.foreign, seen.images,
                          detector.calibrated_on().data, detector.name());
  if (seen.images > 0) {
    const auto n = static_cast<double>(seen.images);
    const auto rate = metrics::wilson(static_cast<double>(seen.foreign) / n, n);
    text += fmt::format(", {:.2f} %, 95 % interval {:.2f} to {:.2f}", 100 * rate.value, 100 * rate.low,
                        100 * rate.high);
  }
  return text + fmt::format("; of familiar ones at most {} % would be)",
                            100 * detector.calibration().false_positive_rate());
}

/// Verdicts to standard output as they come. `head` is written before the first, so that a request that
/// fails at once prints nothing.
detection::Detected print_verdicts(const detection::CalibratedDetector& detector, const std::string& data,
                                   const std::string& head, const std::string& separator,
                                   const std::function<std::string(const detection::Verdict&)>& line) {
  const auto* before = &head;
  const auto seen = detection::detect(detector, data, [&](const detection::Verdict& verdict) {
    put(*before + line(verdict));
    before = &separator;
  });
  if (before == &head) put(head);
  return seen;
}

/// One document.
void print_document(const detection::CalibratedDetector& detector, const std::string& data) {
  const auto seen = print_verdicts(detector, data, "{\n\"images\": [\n", ",\n",
                                   [](const detection::Verdict& verdict) { return json_of(verdict).dump(); });
  put("\n],\n\"summary\": " + summary_of(detector, seen).dump() + "\n}\n");
}

void print_lines(const detection::CalibratedDetector& detector, const std::string& data,
                 const std::string& format) {
  const auto seen = print_verdicts(detector, data, head(format), "",
                                   [&](const detection::Verdict& verdict) { return line(verdict, format); });
  if (format == "text")
    put("\n" + words_of(detector, seen) + "\n");
  else
    say("{}", words_of(detector, seen));
}

}  // namespace

void add_detect(CLI::App& verb, const Program& program) {
  auto what = std::make_shared<std::string>();
  auto data = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("text");
  verb.footer(
      "examples\n"
      "  pushforward detect runs/realnvp --data photos/\n"
      "  pushforward detect detector.pf --data mnist:test --format csv > verdicts.csv\n"
      "  camera | pushforward detect detector.pf --data - --format jsonl     a .npy on standard input\n\n"
      "score    higher = more foreign\n"
      "p        how often a familiar image scores as high: small is foreign\n"
      "verdict  FOREIGN where p is at most the rate that the detector was calibrated for\n\n"
      "Images are judged as they come: neither a folder nor a .npy need fit into memory.\n");
  verb.add_option("DETECTOR", *what, "A file that `pushforward calibrate` made, or its run folder")
      ->required();
  verb.add_option("--data", *data, "Images to judge, or - for a .npy on standard input")->required();
  verb.add_option("--format", *format, "Lines for people (text) or programs (csv, jsonl)")
      ->check(one_of({"text", "csv", "jsonl"}))
      ->capture_default_str();
  verb.callback([=, &program] {
    const auto detector = load(*what);
    if (program.json)
      print_document(detector, *data);
    else
      print_lines(detector, *data, *format);
    if (std::fflush(stdout) != 0)
      throw fail("cannot write the results to standard output: {}", std::strerror(errno));
  });
}

}  // namespace pushforward::cli
