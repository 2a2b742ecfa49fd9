#include "pushforward/evaluation/distances.h"

#include "pushforward/core/error.h"
#include "pushforward/metrics/cmmd.h"
#include "pushforward/metrics/mind.h"

namespace pushforward::evaluation {

Measured measure_mind(const Side& real, const Side& fake, std::uint64_t seed) {
  for (const auto* side : {&real, &fake}) expect_features("MIND", *side);
  return {.key = "mind",
          .name = "MIND",
          .value = metrics::mind(for_pairs(real, seed), for_pairs(fake, seed), {.seed = seed}),
          .better = "lower",
          .note = note_of_choice("MIND: ", real, fake)};
}

Measured measure_cmmd(const Side& real, const Side& fake, std::uint64_t seed) {
  for (const auto* side : {&real, &fake}) expect_features("CMMD", *side);
  const auto found = metrics::cmmd(for_pairs(real, seed), for_pairs(fake, seed));
  return {.key = "cmmd",
          .name = "CMMD",
          .value = found.unbiased,
          .better = "lower",
          .note = fmt::format("CMMD is unbiased; over all pairs, as the published code sums, it is {:.3f}",
                              found.biased) +
                  note_of_choice("; ", real, fake)};
}

bool has_cmmd(const Side& real, const Side& fake) {
  return real.features.defined() && fake.features.defined() && metrics::of_unit_length(real.features) &&
         metrics::of_unit_length(fake.features);
}

}  // namespace pushforward::evaluation
