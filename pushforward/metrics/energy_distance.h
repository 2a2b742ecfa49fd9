// The energy distance.
#pragma once

#include "pushforward/metrics/kernel_discrepancy.h"

namespace pushforward::metrics {

/// 2 E‖X − Y‖ − E‖X − X'‖ − E‖Y − Y'‖ (Székely and Rizzo 2013, (5)) of samples [N, D] and [M, D], not rooted,
/// in the units of the samples. For D = 1 it is twice ∫ (F − G)², SciPy's `energy_distance` its root. It is
/// the discrepancy of the kernel −‖x − y‖. Throws Error as `kernel_discrepancy`.
KernelDiscrepancy energy_distance(const at::Tensor& a, const at::Tensor& b);

}  // namespace pushforward::metrics
