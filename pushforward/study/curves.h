// What metrics.jsonl says, as plots.
#pragma once

#include "pushforward/report/plot.h"
#include "pushforward/train/run_folder.h"

namespace pushforward::study {

/// Log-likelihood by epoch, training and held out.
report::CurvePlot epoch_curves(const train::RunFolder& run);
/// Log-likelihood of every training batch.
report::CurvePlot step_curve(const train::RunFolder& run);

/// Draws epoch_curves into plots/curves.png; says so and goes on where gnuplot is missing.
void save_curves(const train::RunFolder& run);

}  // namespace pushforward::study
