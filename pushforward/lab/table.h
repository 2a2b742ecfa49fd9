// The functions of the table experiments.inc.
#pragma once

#include "pushforward/lab/experiment.h"

namespace pushforward::lab {

#define PUSHFORWARD_EXPERIMENT(function, name, seconds, quick) Findings function(const Setting& setting);
#include "pushforward/lab/experiments.inc"
#undef PUSHFORWARD_EXPERIMENT

}  // namespace pushforward::lab
