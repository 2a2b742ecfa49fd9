// How far apart two sample sets are in the eyes of a kernel: the common part of MMD and the energy distance.
#pragma once

#include <ATen/ATen.h>

#include <functional>

#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

/// Turns squared distances (any float64 tensor) into values of the kernel.
using Kernel = std::function<at::Tensor(const at::Tensor& squared_distances)>;

struct KernelDiscrepancy {
  Interval
      unbiased;  ///< E k(x, x') + E k(y, y') − 2 E k(x, y) over pairs of different samples: may be below 0.
  double biased = 0;  ///< The same over all pairs: at least 0 for a positive definite kernel.
};

/// Compares samples [N, D] and [M, D] (Gretton et al. 2012, (3) and (5)), in float64, in blocks. The interval
/// is the normal one with the variance of the U-statistic: its first-order part, estimated by the variance of
/// mean kernel values over samples, less what noise adds to that, and at least what noise alone gives: up to
/// a quarter too wide where A and B are alike. Throws Error for other shapes, fewer than two samples, and
/// numbers that are not finite.
KernelDiscrepancy kernel_discrepancy(const char* metric, const at::Tensor& a, const at::Tensor& b,
                                     const Kernel& kernel);

}  // namespace pushforward::metrics
