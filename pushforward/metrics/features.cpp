#include "pushforward/metrics/features.h"

#include <cmath>

#include "pushforward/core/error.h"

namespace pushforward::metrics {

void expect_features(std::string_view metric, std::string_view side, const at::Tensor& features,
                     std::int64_t at_least) {
  PF_CHECK(features.dim() == 2 && features.size(1) >= 1 && features.is_floating_point(),
           "[{}] expected floating-point {} features [N, D], got {} [{}]", metric, side, features.toString(),
           fmt::join(features.sizes(), ", "));
  PF_CHECK(features.size(0) >= at_least, "[{}] expected at least {} {} samples, got {}", metric, at_least,
           side, features.size(0));
  if (std::isfinite(features.sum().item<double>())) return;  // Quick; a finite sum has no other terms.
  const auto finite = at::isfinite(features);
  if (finite.all().item<bool>()) return;
  const auto row = finite.all(1).logical_not().to(at::kLong).argmax().item<std::int64_t>();
  throw fail("[{}] row {} of {} of the {} features holds a number that is not finite", metric, row,
             features.size(0), side);
}

bool all_equal(const at::Tensor& features) {
  return at::equal(features, features.narrow(0, 0, 1).expand_as(features));
}

void expect_pair(std::string_view metric, const at::Tensor& real, const at::Tensor& fake,
                 std::int64_t at_least) {
  expect_features(metric, "real", real, at_least);
  expect_features(metric, "fake", fake, at_least);
  PF_CHECK(real.size(1) == fake.size(1),
           "[{}] expected features of as many dimensions from one extractor, got {} real and {} fake", metric,
           real.size(1), fake.size(1));
  PF_CHECK(!(all_equal(real) && all_equal(fake)),
           "[{}] the {} real samples all have the same features, and so have the {} fake ones: nothing is "
           "compared",
           metric, real.size(0), fake.size(0));
}

}  // namespace pushforward::metrics
