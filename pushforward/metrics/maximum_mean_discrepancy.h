// Maximum mean discrepancy with Gaussian kernels.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "pushforward/metrics/kernel_discrepancy.h"

namespace pushforward::metrics {

/// The median Euclidean distance between different samples of both sets together, evenly thinned to at most
/// 500 of each (Gretton et al. 2012, section 8). Throws Error for other shapes, fewer than two in all, and
/// numbers that are not finite.
double median_distance(const at::Tensor& a, const at::Tensor& b);

/// MMD² (the square, not rooted), 0 … 2, of samples [N, D] and [M, D] for the mean over the bandwidths h of
/// the kernels exp(−‖x − y‖² / (2 h²)) (Gretton et al. 2012; several bandwidths: Li, Swersky and Zemel 2015).
/// Throws Error as `kernel_discrepancy`, and without bandwidths or for one that is not above 0.
KernelDiscrepancy maximum_mean_discrepancy(const at::Tensor& a, const at::Tensor& b,
                                           const std::vector<double>& bandwidths);

/// With ¼, ½, 1, 2 and 4 times the median distance. Throws Error also when that is 0.
KernelDiscrepancy maximum_mean_discrepancy(const at::Tensor& a, const at::Tensor& b);

}  // namespace pushforward::metrics
