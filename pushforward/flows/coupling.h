// Coupling layers: a part of the event decides how the rest moves.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/flows/conditioner.h"
#include "pushforward/ops/features.h"

namespace pushforward::flows {

struct CouplingOptions {
  std::vector<bool> mask;              // over the features of {D} or the channels of {C, H, W}, true = kept
  std::int64_t hidden = 1024;          // units or channels of the conditioner's networks
  std::int64_t depth = 1;              // of the networks, as ConditionerOptions says
  std::string transformer = "affine";  // of transformers()
  std::string conditioner = "mlp";     // of conditioners(): it decides which events are taken
  std::int64_t condition = 0;          // numbers of the condition; 0: none
  bool mirror = false;                 // of images: the conditioner sees what is kept mirrored as well
};

/// A partition, a conditioner and a transformer: y_kept = x_kept, y_changed = transformer(x_changed;
/// conditioner(x_kept, condition)), whose Jacobian is triangular. With "affine", eq. 9 of Dinh et al. 2017.
/// Under a transformer that takes dequantised pixels the conditioner sees levels (pixel_features.h), so that
/// what it makes does not depend on the noise within them.
///
/// Only the live half of each fully connected network is stored: the columns of the first matrix that a kept
/// feature multiplies, the rows of the last that a changed feature reads. The rest of the full D×hidden
/// matrices has no effect and no gradient. masked_state.h converts to and from the full shapes.
class Coupling : public Bijector {
 public:
  /// Throws Error when an option is out of range, UsageError for a name in neither table.
  Coupling(const CouplingOptions& options, at::Generator& init);

  Transformed forward(const at::Tensor& x, const Context& context) override;
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  Event output(const Event& in) const override;
  std::int64_t condition_size() const override { return condition_; }
  double forward_flop(const Event& in) const override { return conditioner_->forward_flop(in); }
  std::string describe() const override;

  const ops::Partition& partition() const { return partition_; }
  /// Whether its conditioner sees levels of pixels.
  bool sees_levels() const { return transformer_.takes_pixels; }

 private:
  /// What the conditioner sees of what is kept [N, kept, …].
  at::Tensor seen_of(const at::Tensor& kept) const;
  template <typename Map>
  Transformed transform(const Map& map, const at::Tensor& x, const Context& context) const;

  ops::Partition partition_;
  const Transformer& transformer_;
  std::size_t rank_;  // of the event
  std::int64_t condition_;
  bool mirror_;
  std::shared_ptr<Conditioner> conditioner_;
};

/// true where (feature + layer) is even: layer 0 keeps 0, 2, 4, …; layer 1 keeps 1, 3, 5, ….
std::vector<bool> alternating_mask(std::int64_t dims, std::int64_t layer);

}  // namespace pushforward::flows
