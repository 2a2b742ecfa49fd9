// log|det(I + J)| of a contraction's Jacobian J = ∂g/∂x: exactly, and by a series of products with vectors.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::flows {

/// From J itself, D products with it: [N] nats for x and g(x) [N, …] of D numbers an example, where the graph
/// of g leads to x. Differentiable once more where that is asked for.
at::Tensor exact_log_det(const at::Tensor& x, const at::Tensor& g, bool differentiable);

/// Σ_k (−1)^(k+1)/k · w_k · vᵀJᵏv, [N] nats, with a probe v [N, …] (or [1, …], for all) and weights w [K, N]
/// or [K, 1].
///
/// Where v has mean zero and covariance I, vᵀJᵏv is an unbiased estimate of tr Jᵏ (Hutchinson's). With
/// weights of one this is the series log det(I + J) = Σ (−1)^(k+1) tr(Jᵏ)/k cut off after K terms, which is
/// biased (Behrmann et al. 2019, eq. 5); with those of a Roulette the sum is unbiased (Chen et al. 2019,
/// eq. 6).
///
/// The gradient is not the sum's, whose graph would grow with K, but another unbiased estimate of the same:
///   ∂ log det(I + J) = Σ_{k ≥ 0} (−1)ᵏ w_{k+1} · vᵀJᵏ (∂J) v     (the Neumann series; Chen et al. 2019, eq.
///   8)
/// where vᵀJᵏ are constants, so it takes one differentiable product with J whatever K is. It holds example by
/// example, so any weighting of the examples is right.
at::Tensor series_log_det(const at::Tensor& x, const at::Tensor& g, const at::Tensor& probe,
                          const at::Tensor& weights, bool differentiable);

enum class Probe { rademacher, gaussian };

/// A probe [n, …] in the shape, type and layout of x [N, …]: each number −1 or 1, or from N(0, 1).
at::Tensor draw_probe(Probe kind, const at::Tensor& x, std::int64_t n, at::Generator generator);

}  // namespace pushforward::flows
