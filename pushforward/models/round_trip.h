// Is the inverse an inverse, on these weights and these images?
#pragma once

#include "pushforward/models/model.h"

namespace pushforward::models {

/// The largest |x − f⁻¹(f(x))| over images uint8 [N, C, H, W] and what the flow sees of them, pixels in [0,
/// 1] or codes, in float32 and in float64; of a conditional flow given every class in turn. A flow can be
/// invertible on paper and not in numbers (Behrmann et al. 2021, "Understanding and mitigating exploding
/// inverses in invertible neural networks").
struct RoundTrip {
  double float32 = 0, float64 = 0;
};

RoundTrip round_trip(const Density& density, const at::Tensor& images);

}  // namespace pushforward::models
