// What metrics.jsonl says, as plots.
#pragma once

#include <vector>

#include "pushforward/models/model.h"
#include "pushforward/report/plot.h"
#include "pushforward/report/table.h"
#include "pushforward/train/run_folder.h"

namespace pushforward::runs {

/// The plots of a run: those of its model, and FID where it was measured.
std::vector<models::Panel> panels(const models::Model& model);

/// A model's panel, with what the run has of it; series without a number are left out.
report::CurvePlot curves(const models::Panel& panel, const std::vector<Json>& metrics);

/// Draws all panels into plots/; says so and goes on where gnuplot is missing.
void save_curves(const train::RunFolder& run, const std::vector<models::Panel>& panels,
                 const std::vector<Json>& metrics);

/// Epochs as one table, at most some 30 of them: means of training, what was held out and what was measured.
report::Table epoch_table(const std::vector<Json>& metrics);

}  // namespace pushforward::runs
