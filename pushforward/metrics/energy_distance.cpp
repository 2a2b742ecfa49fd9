#include "pushforward/metrics/energy_distance.h"

namespace pushforward::metrics {

KernelDiscrepancy energy_distance(const at::Tensor& a, const at::Tensor& b) {
  return kernel_discrepancy("energy_distance", a, b,
                            [](const at::Tensor& squared) { return squared.sqrt().neg_(); });
}

}  // namespace pushforward::metrics
