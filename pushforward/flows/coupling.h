// Coupling layers: half of the features decide how the other half moves.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/flows/bijector.h"
#include "pushforward/nn/mlp.h"
#include "pushforward/ops/features.h"

namespace pushforward::flows {

enum class CouplingKind { affine, additive };

struct CouplingOptions {
  std::vector<bool> mask;  // [D], true = kept
  std::int64_t hidden = 1024;
  CouplingKind kind = CouplingKind::affine;
};

/// y = m⊙x + (1−m)⊙(x⊙exp(s) + t), s = tanh(scale_net(m⊙x)), t = translate_net(m⊙x), log|det| = Σ s
/// (Dinh et al. 2017, eq. 9); additive: s = 0, log|det| = 0 (Dinh et al. 2015, NICE, eq. 8).
///
/// Only the live half of each network is stored: the columns of the first matrix that a kept feature
/// multiplies, the rows of the last that a changed feature reads. The rest of the full D×hidden matrices
/// has no effect and no gradient. masked_state.h converts to and from the full shapes.
class Coupling : public Bijector {
 public:
  Coupling(const CouplingOptions& options, at::Generator& init);

  Transformed forward(const at::Tensor& x, const Context& context) override;
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  std::string describe() const override;

  const ops::Partition& partition() const { return partition_; }
  std::int64_t hidden() const { return hidden_; }
  CouplingKind kind() const { return kind_; }

 private:
  ops::Partition partition_;
  std::int64_t hidden_;
  CouplingKind kind_;
  std::shared_ptr<nn::Mlp> scale_net_;  // [N, kept] → [N, changed]; null when additive
  std::shared_ptr<nn::Mlp> translate_net_;
};

/// true where (feature + layer) is even: layer 0 keeps 0, 2, 4, …; layer 1 keeps 1, 3, 5, ….
std::vector<bool> alternating_mask(std::int64_t dims, std::int64_t layer);

}  // namespace pushforward::flows
