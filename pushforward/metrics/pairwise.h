// Squared distances of all pairs, in float64.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::metrics {

/// ‖x_i − y_j‖² [N, M] of float64 rows [N, D] and [M, D]. Up to 16 dimensions by differences; beyond, by one
/// product of the centred rows, which is off by some 1e-15 of the largest ‖x‖² + ‖y‖² and never negative.
at::Tensor squared_distances(const at::Tensor& x, const at::Tensor& y);

}  // namespace pushforward::metrics
