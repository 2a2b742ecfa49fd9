#include "pushforward/study/step.h"

#include "pushforward/core/file.h"
#include "pushforward/lab/experiment.h"

namespace pushforward::study {
namespace {

/// Does an experiment and keeps its numbers and, in the language of the study, its part of the document.
void experiment(const lab::Experiment& one, const Workshop& workshop) {
  const lab::Options options{.seed = workshop.options.seed, .quick = workshop.options.quick};
  const auto found = lab::run(one, options, workshop.texts);
  const auto folder = workshop.options.out / "lab" / one.name;
  std::filesystem::create_directories(folder);
  report::HtmlReport part("", "", workshop.texts);
  lab::append(part, one, found, workshop.texts);
  write_file(folder / fmt::format("part.{}.html", workshop.options.language), part.preface());
  workshop.keep("lab-" + one.name, lab::to_json(one, options, found));
}

}  // namespace

const std::vector<Step>& steps() {
  static const std::vector<Step> all = [] {
    std::vector<Step> table = {
#define PUSHFORWARD_STEP(function, name, seconds, quick) {name, seconds, quick, function},
#include "pushforward/study/steps.inc"
#undef PUSHFORWARD_STEP
    };
    for (const auto& one : lab::experiments())
      table.push_back({"lab-" + one.name, one.seconds, one.quick_seconds,
                       [&one](const Workshop& workshop) { experiment(one, workshop); }});
    return table;
  }();
  return all;
}

}  // namespace pushforward::study
