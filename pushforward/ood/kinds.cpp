// The table of detectors: a new one is a file that defines NAME_kind, and a line here.
#include "pushforward/ood/kinds.h"

#include "pushforward/core/names.h"

// In the order of `--help`; what `calibrate` takes by itself is the first that the model serves.
#define PUSHFORWARD_DETECTORS(KIND) \
  KIND(likelihood)                  \
  KIND(typicality)                  \
  KIND(typicality_10)               \
  KIND(complexity)                  \
  KIND(complexity_deflate)          \
  KIND(complexity_filtered)         \
  KIND(complexity_context)          \
  KIND(likelihood_ratio)            \
  KIND(density_of_states)           \
  KIND(latent_norm)                 \
  KIND(orientation)                 \
  KIND(waic)                        \
  KIND(discriminator)               \
  KIND(corrected)                   \
  KIND(reconstruction)              \
  KIND(energy)                      \
  KIND(mahalanobis)                 \
  KIND(knn)                         \
  KIND(filters)                     \
  KIND(filter_complexity)           \
  KIND(combination)

namespace pushforward::ood {

#define PUSHFORWARD_DECLARE(name) Kind name##_kind();
PUSHFORWARD_DETECTORS(PUSHFORWARD_DECLARE)
#undef PUSHFORWARD_DECLARE

const std::vector<Kind>& kinds() {
#define PUSHFORWARD_CALL(name) name##_kind(),
  static const std::vector<Kind> table = {PUSHFORWARD_DETECTORS(PUSHFORWARD_CALL)};
#undef PUSHFORWARD_CALL
  return table;
}

const Kind& find_kind(std::string_view name) {
  return find_named(kinds(), name, "detector");
}

}  // namespace pushforward::ood
