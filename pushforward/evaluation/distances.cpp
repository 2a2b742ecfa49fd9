#include "pushforward/evaluation/distances.h"

#include "pushforward/core/error.h"
#include "pushforward/metrics/cmmd.h"
#include "pushforward/metrics/mind.h"

namespace pushforward::evaluation {

Measured measure_mind(const Side& real, const Side& fake, std::uint64_t seed) {
  for (const auto* side : {&real, &fake}) expect_features("MIND", *side);
  return {.key = "mind",
          .name = "MIND",
          .value = metrics::mind(real.features, fake.features, {.seed = seed}),
          .better = "lower"};
}

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
