// The table of detectors: a new one is its file and a line here.
#include <algorithm>
#include <string>

#include "pushforward/core/names.h"
#include "pushforward/ood/combination.h"
#include "pushforward/ood/complexity.h"
#include "pushforward/ood/density_of_states.h"
#include "pushforward/ood/detector.h"
#include "pushforward/ood/energy.h"
#include "pushforward/ood/ensemble.h"
#include "pushforward/ood/filter_complexity.h"
#include "pushforward/ood/filters.h"
#include "pushforward/ood/knn.h"
#include "pushforward/ood/latent_norm.h"
#include "pushforward/ood/likelihood.h"
#include "pushforward/ood/likelihood_ratio.h"
#include "pushforward/ood/mahalanobis.h"
#include "pushforward/ood/reconstruction.h"
#include "pushforward/ood/typicality.h"

namespace pushforward::ood {
namespace {

using Made = std::unique_ptr<Detector>;

template <typename D>
Made make(const Outputs& model) {
  return std::make_unique<D>(model);
}

template <typename D>
Made make_without(const Outputs&) {
  return std::make_unique<D>();
}

Made make_batch_typicality(const Outputs& model) {
  return std::make_unique<Typicality>(model, 10);
}

Made make_complexity(const Outputs& model) {
  return std::make_unique<Complexity>(model, compressors());
}

template <const char* name>
Made make_complexity_of(const Outputs& model) {
  return std::make_unique<Complexity>(model, std::vector{compressor(name)});
}

constexpr char deflate[] = "deflate", filtered[] = "filtered", context[] = "context";

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> table = {
      {"likelihood", "−log p(x)", make<Likelihood>},
      {"typicality", "|log p(x) − mean log p|", make<Typicality>},
      {"typicality-10", "the same of the mean over 10 images, one score for them", make_batch_typicality},
      {"complexity", "−log p(x) − shortest compressed length", make_complexity},
      {"complexity-deflate", "the same with zlib alone", make_complexity_of<deflate>},
      {"complexity-filtered", "the same with PNG's predictors and zlib", make_complexity_of<filtered>},
      {"complexity-context", "the same with an adaptive context model", make_complexity_of<context>},
      {"likelihood-ratio", "log p_background(x) − log p(x)", make<LikelihoodRatio>},
      {"density-of-states", "−Σ ln q(statistic) of log p(x), log p(z), log-det, length",
       make<DensityOfStates>},
      {"latent-norm", "−log p(z)", make<LatentNorm>},
      {"waic", "variance − mean of log p(x) over an ensemble", make<Ensemble>},
      {"reconstruction", "mean squared error of an autoencoder", make<Reconstruction>},
      {"energy", "−ln Σ exp of a classifier's logits", make<Energy>},
      {"mahalanobis", "distance of features from one Gaussian", make<Mahalanobis>},
      {"knn", "distance of features to the 50th neighbour", make<Knn>},
      {"filters", "Mahalanobis distance of random filters' responses; needs no model", make_without<Filters>},
      {"filter-complexity", "filters less the compressed length, in sds; needs no model",
       make_without<FilterComplexity>},
      {"combination", "Fisher's −2 Σ ln p over those that apply", make<Combination>},
  };
  return table;
}

std::unique_ptr<Detector> make_detector(std::string_view name, const Outputs& model) {
  return find_named(kinds(), name, "detector").make(model);
}

}  // namespace pushforward::ood
