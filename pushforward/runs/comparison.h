// Trainings of density models beside each other.
#pragma once

#include <span>

#include "pushforward/models/run.h"
#include "pushforward/report/plot.h"

namespace pushforward::runs {

/// Held-out bits/dim after every epoch against the minutes that training had taken: what a model buys for its
/// compute. Throws UsageError for a run whose likelihood has no bits/dim, and for one without a held-out
/// epoch.
report::CurvePlot compare_densities(std::span<const models::Run> runs);

}  // namespace pushforward::runs
