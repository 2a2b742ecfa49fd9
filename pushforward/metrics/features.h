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

/// Whether the rows of features [N, D] are one.
bool all_equal(const at::Tensor& features);

/// The two sets of a comparison: each as above, of as many dimensions, and not both of equal rows, which
/// nothing is measured by. Equal rows on one side are a collapsed generator, or one image many times, which
/// is to be measured.
void expect_pair(std::string_view metric, const at::Tensor& real, const at::Tensor& fake,
                 std::int64_t at_least = 2);

}  // namespace pushforward::metrics
