#include "pushforward/metrics/cmmd.h"

#include "pushforward/core/error.h"
#include "pushforward/metrics/maximum_mean_discrepancy.h"
#include "pushforward/metrics/samples.h"

namespace pushforward::metrics {
namespace {

constexpr double cmmd_bandwidth = 10, cmmd_scale = 1000;

/// float64 [N, D] of length 1.
at::Tensor of_length_one(const at::Tensor& features, const char* side) {
  const auto rows = as_samples("cmmd", features, 2);
  const auto lengths = rows.norm(2, 1, /*keepdim=*/true);
  if (const auto zero = lengths.eq(0); zero.any().item<bool>())
    throw fail("[cmmd] row {} of the {} features is 0 and has no direction",
               zero.to(at::kLong).argmax().item<std::int64_t>(), side);
  return rows / lengths;
}

}  // namespace

bool of_unit_length(const at::Tensor& features) {
  return (features.norm(2, 1) - 1).abs().max().item<double>() < 1e-3;
}

KernelDiscrepancy cmmd(const at::Tensor& real, const at::Tensor& fake) {
  const auto found =
      maximum_mean_discrepancy(of_length_one(real, "real"), of_length_one(fake, "fake"), {cmmd_bandwidth});
  const auto& [value, low, high] = found.unbiased;
  return {.unbiased = {cmmd_scale * value, cmmd_scale * low, cmmd_scale * high},
          .biased = cmmd_scale * found.biased};
}

}  // namespace pushforward::metrics
