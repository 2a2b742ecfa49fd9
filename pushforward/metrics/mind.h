// Monge Inception distance: features compared along random directions.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

struct MindOptions {
  std::int64_t projections = 1000;
  std::uint64_t seed = 0;
};

/// 3 D times the mean of W_2² of the projections of features real [N, D] and fake [M, D] on directions
/// uniform on the sphere, 3 D · SW_2² (Berthet et al. 2026, "MIND: Monge Inception Distance"; wasserstein.h):
/// 3 W_2² between shifted copies. N and M need not be equal, all samples are taken. Above the distance of the
/// distributions by about c / N, as FID is, with a smaller c.
///
/// Interval: ± 1.96 √(var_x / N + var_y / M + s² / projections), var those of the samples' mean potentials
/// over the directions (del Barrio and Loubes 2019), s the standard deviation over the directions. Throws
/// Error like `fid`, and for fewer than two directions.
Interval mind(const at::Tensor& real, const at::Tensor& fake, const MindOptions& options = {});

}  // namespace pushforward::metrics
