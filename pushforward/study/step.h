// The steps of the study: what is trained and measured, in order.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pushforward/study/workshop.h"

namespace pushforward::study {

/// A row of the table steps.inc, or an experiment of the lab, "lab-NAME".
struct Step {
  std::string name;
  double seconds, quick_seconds;  // on two cores
  std::function<void(const Workshop& workshop)> work;

  double seconds_of(const Options& options) const { return options.quick ? quick_seconds : seconds; }
};

/// All, in the order in which they are done.
const std::vector<Step>& steps();

#define PUSHFORWARD_STEP(function, name, seconds, quick) void function(const Workshop& workshop);
#include "pushforward/study/steps.inc"
#undef PUSHFORWARD_STEP

}  // namespace pushforward::study
