// What every metric of features asks of them.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string_view>

namespace pushforward::metrics {

/// Throws Error, beginning with `metric` and naming the `side`, unless features are floating-point [N, D]
/// with N ≥ `at_least` and D ≥ 1, and for a number that is not finite, with its row.
void expect_features(std::string_view metric, std::string_view side, const at::Tensor& features,
                     std::int64_t at_least = 2);

/// The two sets of a comparison: each as above, of as many dimensions, and real rows that are not all equal:
/// features that tell no two real samples apart measure nothing. Equal rows of `fake` are a collapsed
/// generator, which is to be measured.
void expect_pair(std::string_view metric, const at::Tensor& real, const at::Tensor& fake,
                 std::int64_t at_least = 2);

}  // namespace pushforward::metrics
