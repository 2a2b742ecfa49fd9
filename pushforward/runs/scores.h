// Log-likelihoods of a set under a run's model, and what they look like together.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pushforward/core/json.h"
#include "pushforward/metrics/importance.h"
#include "pushforward/metrics/interval.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/models/run.h"
#include "pushforward/report/table.h"
#include "pushforward/runs/class_scores.h"

namespace pushforward::runs {

/// Of the density as its discriminator corrects it.
struct CorrectedScores {
  metrics::Interval mean;            // of log q + h, nats
  metrics::ImportanceMean constant;  // Z

  /// Mean log-density, with the intervals of both; nothing where the constant is unknown.
  std::optional<metrics::Interval> log_density() const;
};

struct Scores {
  std::string data;
  models::Likelihood likelihood;
  std::vector<double> log_prob;  // nats, of every image; of a conditional model the marginal log p(x)
  metrics::Summary summary;      // of those that are finite
  metrics::Interval mean;        // over all of them
  std::optional<ClassScores> classes = {};  // of a conditional model
  std::optional<CorrectedScores> corrected = {};

  /// Bits/dim of one log-likelihood; nothing where the likelihood is not one of dequantised pixels.
  std::optional<double> bits_per_dim(double nats) const;
  /// Half of the 95 % interval of their mean.
  std::optional<double> bits_half_width95() const;
};

/// Scores DATA as the run's model takes it. Throws UsageError for a model without a likelihood, and Error as
/// models::Run::load.
Scores score(const models::Run& run, const std::string& data);

/// The statistics; notes say why there are no bits/dim, whether the values are estimates, and how many are
/// not finite.
report::Table to_table(const Scores& scores);
/// That, of a conditional model the one of its classes, and of a corrected density the one of that.
std::vector<report::Table> to_tables(const Scores& scores);
Json to_json(const Scores& scores);

/// Every image as what the file's name ends in: .npy, float64 [N] in nats, or a line each of CSV, with
/// bits/dim where there are such. Of a conditional model .npy is float64 [N, 1 + K], log p(x) and each p(y |
/// x), and CSV has columns of these and, where the set has labels, of the label and of log p(x | label).
void write_scores(const std::filesystem::path& path, const Scores& scores);

}  // namespace pushforward::runs
