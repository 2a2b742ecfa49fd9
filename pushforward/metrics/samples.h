// Sample sets as the metrics between them take them.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>

namespace pushforward::metrics {

/// samples [N, …] as contiguous float64 [N, D]; numbers [N] are [N, 1]. Throws Error, in the name of
/// `metric`, for fewer than `least` samples, for none of their numbers, and for a sample that is not finite,
/// with its row.
at::Tensor as_samples(const char* metric, const at::Tensor& samples, std::int64_t least = 1);

struct SamplePair {
  at::Tensor a, b;  ///< float64 [N, D] and [M, D]
  std::int64_t dims() const { return a.size(1); }
};

/// Both sets. Throws Error also when their dimensions differ.
SamplePair as_samples(const char* metric, const at::Tensor& a, const at::Tensor& b, std::int64_t least = 1);

/// The numbers of a contiguous float64 tensor, in place.
inline std::span<const double> numbers_of(const at::Tensor& tensor) {
  return {tensor.data_ptr<double>(), static_cast<std::size_t>(tensor.numel())};
}

}  // namespace pushforward::metrics
