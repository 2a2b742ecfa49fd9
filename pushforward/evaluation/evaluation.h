// Two sets of images compared by their features: FID and its relatives.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pushforward/evaluation/sides.h"
#include "pushforward/metrics/interval.h"
#include "pushforward/metrics/kid.h"
#include "pushforward/report/figure.h"
#include "pushforward/report/table.h"

namespace pushforward::evaluation {

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
/// Of sides larger than 50,000 a random choice of as many is compared, which a note says.
std::vector<Measured> measure_prdc(const Side& real, const Side& fake, std::int64_t k,
                                   std::uint64_t seed = 0);
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

/// Its name, how many samples it has and the files that it was read without.
Json side_json(const Side& side);
/// How many samples a side has; null where its statistics do not say it.
Json count_json(const Side& side);
/// {"value", "low95", "high95"}
Json interval_json(const metrics::Interval& value);

report::Table to_table(const Evaluation& evaluation);
Json to_json(const Evaluation& evaluation);

}  // namespace pushforward::evaluation
