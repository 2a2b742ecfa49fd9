// Which image sets does a model take for its own?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pushforward/detection/companions.h"
#include "pushforward/metrics/roc.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/models/run.h"
#include "pushforward/report/plot.h"
#include "pushforward/report/table.h"

namespace pushforward::detection {

/// One image set under the model.
struct ScoredSet {
  std::string name;
  std::int64_t count = 0;
  std::vector<double> log_prob = {};  // [N] nats, of a model with a likelihood
};

/// One detector against one foreign set.
struct Separation {
  std::string detector, out;
  metrics::Roc roc;  // n_in and n_out count scores: for a detector of batches, batches
  double images_per_second = 0;
};

struct OodStudy {
  ScoredSet in;
  std::vector<ScoredSet> out;
  std::size_t near = 0;                 // so many of `out`, the first; the others are far; 0: untold
  std::vector<Separation> separations;  // by detector, then set
  std::optional<models::Likelihood> likelihood = {};  // of a model that has one
  std::vector<std::string> left_out = {};  // of "all" detectors: those that lack something, and what
  std::string fitted_on = {};  // "12000 of fashion-mnist:train", and which of the models were trained on some
};

/// Fits detectors on the images that the run held out, whatever its companions were trained on: a flow likes
/// its own training images better than fresh ones. Where it held out none, or the very test split that `in`
/// is, they are fitted on its training images. Scores every set with each, and times it on up to 1,000
/// images. `most`: of each set, the first so many images; 0: all. `detectors` {"all"}: those for which the
/// model, its companions and the images suffice (ood/needs.h). Throws UsageError for an unknown detector, one
/// named that lacks something, or no foreign set, and Error for one that cannot be fitted.
OodStudy ood_study(const models::Run& run, const Companions& companions, const std::string& in,
                   const std::vector<std::string>& out, const std::vector<std::string>& detectors,
                   std::int64_t most = 0);

/// How a detector does on near and on far sets, each the mean over its sets (OpenOOD: Yang et al. 2022); NaN
/// where one was left out.
struct GroupMeans {
  std::string detector;
  double near_auroc = 0, far_auroc = 0;
  double near_fpr = 0, far_fpr = 0;  // at 95 % of the in-distribution images kept
};

/// By detector; none unless the study has near sets and far ones.
std::vector<GroupMeans> group_means(const OodStudy& study);

/// The study must have a likelihood.
report::Table likelihood_table(const OodStudy& study);
report::Table separation_table(const OodStudy& study);
/// AUROC alone, a row for each detector and a column for each set: likelihood, and the three detectors whose
/// least AUROC is highest. All of them where there are no more. Means over near and far sets follow.
report::Table best_table(const OodStudy& study);
/// The study must have a likelihood.
report::HistogramPlot histogram(const OodStudy& study);
report::RocPlot roc_plot(const OodStudy& study, const std::string& detector);

/// Keeps the study in the run (ood/study.json, a .npy of log-likelihoods per set where there are any) with
/// its plots, in the place of an earlier one, so that the report can show it.
void save(const OodStudy& study, const train::RunFolder& run);
/// What `save` kept; nothing when there is none. ROC curves come back thinned to 500 points.
std::optional<OodStudy> load_ood_study(const train::RunFolder& run);

/// The whole study for programs: sets with their summaries, separations with their intervals.
Json to_json(const OodStudy& study);

}  // namespace pushforward::detection
