// Monotonic rational-quadratic splines with their log-determinant.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <utility>

namespace pushforward::ops {

/// The splines of Durkan et al. 2019 ("Neural Spline Flows"), eq. 4-9: from [−B, B] to itself through K + 1
/// knots, the identity outside, where it meets slopes of 1.
///
/// Of each element the parameters are K widths and K heights, which a softmax makes shares of 2B, and the
/// slopes at the K − 1 inner knots, before softplus. All zero is the identity.
struct Spline {
  static constexpr std::int64_t bins = 8, parameters = 3 * bins - 1;
  static constexpr double bound = 4;                    // B
  static constexpr double least_share = 1e-3;           // of 2B, a bin's width and height
  static constexpr double least_slope = 1e-3;           // at a knot
  static constexpr double most_raw = 1e4;               // before softplus: a slope's square stays finite
  static constexpr double offset = 0.5397424172369522;  // ln(e^(1 − least_slope) − 1): 0 gives a slope of 1
};

/// x [N, D] and parameters [N, 23·D], number k of element d at k·D + d, → {y [N, D], log|det| [N] nats};
/// images [N, C, H, W] and [N, 23·C, H, W] likewise. Elements beyond the spline have gradients of the
/// identity and give their parameters none. Float32 vectors on the CPU go through one loop each way, the rest
/// and second derivatives through `reference::spline`.
std::pair<at::Tensor, at::Tensor> spline(const at::Tensor& x, const at::Tensor& parameters);

/// The exact inverse. Its quadratic is solved in a form that neither subtracts what nearly cancels nor can
/// have a negative discriminant.
std::pair<at::Tensor, at::Tensor> spline_inverse(const at::Tensor& y, const at::Tensor& parameters);

namespace reference {
std::pair<at::Tensor, at::Tensor> spline(const at::Tensor& x, const at::Tensor& parameters);
std::pair<at::Tensor, at::Tensor> spline_inverse(const at::Tensor& y, const at::Tensor& parameters);
}  // namespace reference

}  // namespace pushforward::ops
