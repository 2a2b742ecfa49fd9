#include "pushforward/evaluation/memorisation.h"

#include "pushforward/core/error.h"
#include "pushforward/metrics/memorisation.h"

namespace pushforward::evaluation {

std::vector<Measured> measure_memorisation(const Side& train, const Side& real, const Side& fake) {
  for (const auto* side : {&train, &real, &fake}) expect_features("memorisation", *side);
  expect_comparable(train, real);
  expect_comparable(train, fake);
  const auto found = metrics::memorisation(train.features, real.features, fake.features);
  constexpr double suspicious = 0.1;  // of images that are new it is about half
  const auto seen = found.held_out_authenticity.value < suspicious
                        ? fmt::format(
                              "most of {} lie in {} or beside it: neither C_T nor authenticity says "
                              "anything where the real images were trained on",
                              real.name, train.name)
                        : std::string();
  return {
      {.key = "authenticity",
       .name = "authenticity",
       .value = found.authenticity,
       .note = fmt::format("authenticity: share of {} that is farther from the nearest image of {} than that "
                           "is from its nearest other",
                           fake.name, train.name)},
      {.key = "authenticity_of_real",
       .name = "authenticity of real",
       .value = found.held_out_authenticity,
       .better = "",
       .note = seen},
      {.key = "c_t",
       .name = "C_T",
       .value = found.copying,
       .decimals = 2,
       .better = "near 0",
       .note = fmt::format("C_T: standard deviations that distances of {} to {} are above those of {} (below "
                           "−3: copies); they are larger with probability {:.3f}",
                           fake.name, train.name, real.name, found.farther.value)}};
}

}  // namespace pushforward::evaluation
