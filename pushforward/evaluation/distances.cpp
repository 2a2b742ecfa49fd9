#include "pushforward/evaluation/distances.h"

#include "pushforward/metrics/cmmd.h"

namespace pushforward::evaluation {

Measured measure_cmmd(const Side& real, const Side& fake) {
  for (const auto* side : {&real, &fake}) expect_features("CMMD", *side);
  const auto found = metrics::cmmd(real.features, fake.features);
  return {.key = "cmmd",
          .name = "CMMD",
          .value = found.unbiased,
          .better = "lower",
          .note = fmt::format("CMMD is unbiased; over all pairs, as the published code sums, it is {:.3f}",
                              found.biased)};
}

bool has_cmmd(const Side& real, const Side& fake) {
  return real.features.defined() && fake.features.defined() && metrics::of_unit_length(real.features) &&
         metrics::of_unit_length(fake.features);
}

}  // namespace pushforward::evaluation
