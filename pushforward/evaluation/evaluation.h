// Two sets of images compared by their features: FID and its relatives.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pushforward/evaluation/extractor.h"
#include "pushforward/metrics/fid_infinity.h"
#include "pushforward/metrics/frechet.h"
#include "pushforward/metrics/interval.h"
#include "pushforward/metrics/kid.h"
#include "pushforward/report/figure.h"
#include "pushforward/report/table.h"

namespace pushforward::evaluation {

struct EvaluationOptions {
  std::int64_t n = 0;      // samples of a run (0: 10,000) or images of a set, chosen at random (0: all)
  std::uint64_t seed = 0;  // of samples, choices and random subsets
  std::string checkpoint = "last";   // of the runs that are sampled
  std::string features, convention;  // as open_extractor takes them
  data::Reading reading = {};        // of DATA; without a size its mode is the extractor's
};

/// A set as metrics see it: its features, or what was saved of them.
struct Side {
  std::string name;
  std::string extractor;  // Extractor::name(), or "values" for numbers that are features themselves
  std::int64_t count = 0, dims = 0;
  at::Tensor features, logits;                            // float32 [N, d] (a table: float64), [N, K]
  std::optional<metrics::GaussianStatistics> statistics;  // in the place of features
  at::Tensor labels = {};                                 // int64 [N] of a labelled set
  std::vector<std::string> classes = {};                  // what the labels stand for, where that has a name
};

/// Whether `spec` is a file of saved statistics, *.safetensors.
bool is_statistics(const std::string& spec);

/// Makes sides of a comparison, with one extractor, opened when the first images come.
class Sides {
 public:
  explicit Sides(EvaluationOptions options) : options_(std::move(options)) {}

  /// DATA or a RUN (sample_source.h), a .npy [N, d] of features, or saved statistics. `number` is 0 for A, 1
  /// for B: neither latents nor choices are shared. Throws Error for features that are not finite.
  Side load(const std::string& spec, std::uint64_t number, bool with_logits);

 private:
  EvaluationOptions options_;
  std::unique_ptr<Extractor> extractor_;
};

/// Throws UsageError, in the name of `metric`, where there is only a mean and a covariance.
void expect_features(const char* metric, const Side& side);

/// Throws Error, naming both, unless the features of the sides are of one extractor and dimension.
void expect_comparable(const Side& real, const Side& fake);

/// Mean and covariance, float64, with the count, the extractor and the name: a .safetensors file that takes a
/// side's place. Throws UsageError for another ending.
void save_statistics(const std::filesystem::path& path, const Side& side);

/// A value; its bounds are NaN where it has none.
struct Measured {
  std::string key, name;  // "fid_infinity", "FID∞": for programs, for people
  metrics::Interval value;
  int decimals = 3;
  const char* better = "higher";  // or "lower", "near 0", and "" of what the others are compared with
  std::string note = {};          // what to know when reading it
};

// Each throws Error as the metric does, and UsageError where it needs features and a side has only
// statistics, or takes more samples than a side has.
Measured measure_fid(const Side& real, const Side& fake);
Measured measure_fid_infinity(const Side& real, const Side& fake, std::uint64_t seed);
Measured measure_kid(const Side& real, const Side& fake, const metrics::KidOptions& options);
std::vector<Measured> measure_prdc(const Side& real, const Side& fake, std::int64_t k);
/// UsageError also where the extractor has no logits.
Measured measure_inception_score(const Side& side, std::int64_t splits);

/// FID over the number of samples, from 16 up, with the level of FID∞.
report::Figure fid_curve(const Side& real, const Side& fake, std::uint64_t seed);

/// What was measured of which sets, with what: for people and for programs.
struct Evaluation {
  std::vector<Side> sides;         // real and fake, or the one that was scored
  std::optional<Side> train = {};  // what the model of the fakes was trained on, where that was compared
  std::vector<Measured> values;
  std::uint64_t seed = 0;
  std::vector<std::string> notes = {};
};

/// FID, FID∞, KID, MIND, CMMD of features of length 1, precision and recall with their relatives, and the
/// Inception Score of `fake`, each as its verb has it by default. What the sides are too small for, or do not
/// have, becomes a note; throws as measure_fid.
Evaluation evaluate(const Side& real, const Side& fake, std::uint64_t seed);

/// {"value", "low95", "high95"}
Json interval_json(const metrics::Interval& value);

report::Table to_table(const Evaluation& evaluation);
Json to_json(const Evaluation& evaluation);

}  // namespace pushforward::evaluation
