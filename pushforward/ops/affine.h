// The elementwise heart of a coupling layer, with its log-determinant.
#pragma once

#include <ATen/ATen.h>

#include <utility>

namespace pushforward::ops {

/// y = x·exp(s) + t with s = tanh(raw_scale), and log|det| = Σ_d s (Dinh et al. 2017, "Density estimation
/// using Real NVP", eq. 7-8). x, raw_scale, shift [N, D] → {y [N, D] feature-major, log_det [N] nats}; images
/// [N, C, H, W] go the composed way.
std::pair<at::Tensor, at::Tensor> affine(const at::Tensor& x, const at::Tensor& raw_scale,
                                         const at::Tensor& shift);

/// x = (y − t)·exp(−s), the exact inverse, with log|det| = −Σ_d s.
std::pair<at::Tensor, at::Tensor> affine_inverse(const at::Tensor& y, const at::Tensor& raw_scale,
                                                 const at::Tensor& shift);

namespace reference {
std::pair<at::Tensor, at::Tensor> affine(const at::Tensor& x, const at::Tensor& raw_scale,
                                         const at::Tensor& shift);
}

}  // namespace pushforward::ops
