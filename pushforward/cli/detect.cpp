#include <cerrno>
#include <cstdio>
#include <cstring>

#include "pushforward/cli/checks.h"
#include "pushforward/cli/reading_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/core/progress.h"
#include "pushforward/detection/verdict_format.h"

namespace pushforward::cli {
namespace {

void put(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
    throw fail("cannot write the results to standard output: {}", std::strerror(errno));
}

}  // namespace

void add_detect(CLI::App& verb, const Program& program) {
  auto what = std::make_shared<std::string>();
  auto data = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("text");
  auto reading = std::make_shared<data::Reading>();
  verb.footer(
      "examples\n"
      "  pushforward detect runs/realnvp --data photos/\n"
      "  pushforward detect detector.pf --data photos/ --strict --background white\n"
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
  add_reading(verb, *reading);
  verb.callback([=, &program] {
    const auto detector = detection::CalibratedDetector::open(*what);
    const auto& form = detection::verdict_format(program.json ? std::string_view("json") : *format);
    const auto seen = detection::write_verdicts(detector, data::Spec(*data).with(*reading), form, put);
    if (form.end == nullptr) say("{}", detection::summary_text(detector, seen));
    if (std::fflush(stdout) != 0)
      throw fail("cannot write the results to standard output: {}", std::strerror(errno));
  });
}

}  // namespace pushforward::cli
