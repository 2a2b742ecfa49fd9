// Linear maps that contract.
#pragma once

#include "pushforward/nn/linear_map.h"

namespace pushforward::nn {

struct SpectralBoundOptions {
  double bound = 0.97;               // on the largest singular value
  double tolerance = 1e-4;           // of power iteration: relative change of σ from step to step
  std::int64_t max_iterations = 50;  // of a call
};

/// W ↦ W / max(1, σ(W)/c), σ the largest singular value of the linear map that W makes, by power iteration
/// (Behrmann et al. 2019, "Invertible residual networks", §2.1; for convolutions on their true operator,
/// Gouk et al. 2021). Iteration goes on from the buffers u and v, of the sizes of what the map gives and
/// takes, until σ keeps to the tolerance. In training mode the buffers follow; in evaluation mode they stay,
/// and are taken as they are if they fit the weight (an averaged one they may not). They are constants to the
/// derivative, which goes through σ.
///
/// What is found approaches σ from below, so the largest singular value of the result may exceed c by a
/// little: `norm_bound` says by how much at most.
class SpectralBound : public Module {
 public:
  /// For weights like this one; u and v start random, and converge. Throws Error for a bound or a tolerance
  /// that is not in (0, 1).
  SpectralBound(LinearMap map, const at::Tensor& weight, const SpectralBoundOptions& options,
                at::Generator& init);

  at::Tensor operator()(const at::Tensor& weight);

  const LinearMap& map() const { return map_; }

  at::Tensor u, v;  // as the map gives and takes

 private:
  LinearMap map_;
  SpectralBoundOptions options_;
};

}  // namespace pushforward::nn
