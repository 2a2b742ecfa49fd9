// The sets of a comparison, as metrics see them.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pushforward/data/images.h"
#include "pushforward/data/spec.h"
#include "pushforward/evaluation/extractor.h"
#include "pushforward/evaluation/feature_cache.h"
#include "pushforward/evaluation/set_features.h"
#include "pushforward/metrics/frechet.h"

namespace pushforward::evaluation {

struct EvaluationOptions {
  std::int64_t n = 0;      // samples of a run (0: 10,000) or images of a set, chosen at random (0: all)
  std::uint64_t seed = 0;  // of samples, choices and random subsets
  std::string checkpoint = "last";   // of the runs that are sampled
  std::string features, convention;  // as open_extractor takes them
  data::Reading reading = {};        // of DATA; without a size its mode is the extractor's
  std::filesystem::path cache = {};  // folder of features that were extracted before; "": none
};

inline constexpr const char* values_name = "values";

/// A set as metrics see it: its features, or what was saved of them.
struct Side {
  std::string name;
  std::string extractor;  // Extractor::name(), or values_name: numbers that are features themselves
  std::int64_t count = 0, dims = 0;  // count 0: of statistics that do not say of how many samples they are
  at::Tensor features, logits;       // float32 [N, d] (a table: float64), [N, K]
  std::optional<metrics::GaussianStatistics> statistics;  // in the place of features
  at::Tensor labels = {};                                 // int64 [N] of a labelled set of images
  std::vector<std::string> classes = {};                  // what labels stand for, where that has names
  std::vector<data::LeftOut> left_out = {};               // files of a folder
  std::optional<data::Reading> resized = {};  // the size and the mode, where images were given one
};

/// Makes sides of a comparison, with one extractor, opened when the first images come. Images of DATA are
/// read part by part and only their features kept, so memory does not grow with their number
/// (set_features.h).
class Sides {
 public:
  explicit Sides(EvaluationOptions options);

  /// DATA or a RUN (sample_source.h), a .npy [N, d] of features, or saved statistics (statistics.h). `number`
  /// is 0 for A, 1 for B: neither latents nor choices are shared. Throws Error for features that are not
  /// finite.
  Side load(const std::string& spec, std::uint64_t number, bool with_logits);

 private:
  Extractor& extractor();
  std::string extractor_name();  // with what was done to images first
  FeatureExtraction extraction(bool with_logits);
  Side images_side(SetFeatures set);
  Side sampled(const std::string& run, std::uint64_t seed, bool with_logits);
  Side read(const data::Spec& data, std::uint64_t seed, bool with_logits);

  EvaluationOptions options_;
  std::unique_ptr<Extractor> extractor_;
  std::optional<FeatureCache> cache_;
};

/// "10,000 of fashion-mnist:test"
std::string text(const Side& side);

/// The features, of more than 50,000 samples those of a random choice of as many: for what compares pairs of
/// samples, or sorts them many times.
at::Tensor for_pairs(const Side& side, std::uint64_t seed);

/// `before` and "measured on a random 50,000 of the 1,000,000 of a.npy", where a side was too large for
/// `for_pairs`; else nothing.
std::string note_of_choice(const std::string& before, const Side& real, const Side& fake);

/// Throws UsageError, in the name of `metric`, where there is only a mean and a covariance.
void expect_features(const char* metric, const Side& side);

/// Throws Error, naming both, unless the features of the sides are of one extractor and dimension.
void expect_comparable(const Side& real, const Side& fake);

}  // namespace pushforward::evaluation
