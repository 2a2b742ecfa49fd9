// Every divergence between two sample sets, with what it means and how many samples it used.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pushforward/core/json.h"
#include "pushforward/metrics/interval.h"
#include "pushforward/models/examples.h"
#include "pushforward/report/figure.h"
#include "pushforward/report/table.h"

namespace pushforward::evaluation {

struct DivergenceOptions {
  std::vector<std::string> kinds = {"all"};  // all: those that apply to the samples' dimension
  std::int64_t bins = 0;                     // of each dimension's histogram; 0: 2 n^(1/(D+2))
  std::int64_t neighbours = 5;
  std::int64_t projections = 500;
  std::int64_t most = 2000;             // samples of each side for wasserstein and sinkhorn
  std::vector<double> bandwidths = {};  // of MMD; none: ¼ to 4 times the median distance
  double epsilon = 0;                   // of the Sinkhorn divergence; 0: a twentieth of the mean cost
  std::uint64_t seed = 0;               // of random choices
};

struct Divergence {
  std::string kind, name, unit;
  metrics::Interval value;
  bool has_interval = true;
  std::int64_t n_a = 0, n_b = 0;  // samples used
};

struct DivergenceStudy {
  std::string a, b;
  std::int64_t dims = 0, n_a = 0, n_b = 0;
  std::vector<Divergence> rows;
  std::vector<std::string> notes;
};

/// A kind and its convention, for --help.
struct DivergenceKind {
  const char* name;
  const char* convention;
};
const std::vector<DivergenceKind>& divergence_kinds();

/// Measures points as they are, images by their pixels in [0, 1]. Throws UsageError for an unknown kind, for
/// one that does not apply to so many dimensions when it is named, and Error as the metrics do; of all kinds,
/// one that fails becomes a note.
DivergenceStudy divergence_study(const models::Examples& a, const models::Examples& b,
                                 const DivergenceOptions& options = {});

report::Table to_table(const DivergenceStudy& study);
Json to_json(const DivergenceStudy& study);

/// Both sets: histograms of numbers, points in the plane side by side. Throws UsageError for more dimensions.
report::Figure draw_sides(const models::Examples& a, const models::Examples& b);

}  // namespace pushforward::evaluation
