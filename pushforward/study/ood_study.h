// Which image sets does a density model take for its own?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pushforward/metrics/roc.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/report/plot.h"
#include "pushforward/report/table.h"
#include "pushforward/study/run.h"

namespace pushforward::study {

/// One image set under the model.
struct ScoredSet {
  std::string name;
  std::vector<double> log_prob;  // [N] nats
};

/// One detector against one foreign set.
struct Separation {
  std::string detector, out;
  metrics::Roc roc;
};

struct OodStudy {
  ScoredSet in;
  std::vector<ScoredSet> out;
  std::vector<Separation> separations;  // by detector, then set
  std::int64_t dims = 0;
  bool dequantized = false;
};

/// Scores every set once; detectors are fitted on the images that the run held out of its training images
/// (all of them when it held out none): a flow likes its own training images better than fresh ones. Throws
/// UsageError for an unknown detector or no foreign set.
OodStudy ood_study(const Run& run, const std::string& in, const std::vector<std::string>& out,
                   const std::vector<std::string>& detectors);

report::Table likelihood_table(const OodStudy& study);
report::Table separation_table(const OodStudy& study);
report::HistogramPlot histogram(const OodStudy& study);
report::RocPlot roc_plot(const OodStudy& study, const std::string& detector);

/// Keeps the study in the run (ood/study.json, a .npy of log-likelihoods per set) with its plots, so that the
/// report can show it.
void save(const OodStudy& study, const train::RunFolder& run);
/// What `save` kept; nothing when there is none. ROC curves come back thinned to 500 points.
std::optional<OodStudy> load_ood_study(const train::RunFolder& run);

/// The whole study for programs: sets with their summaries, separations with their intervals.
Json to_json(const OodStudy& study);

}  // namespace pushforward::study
