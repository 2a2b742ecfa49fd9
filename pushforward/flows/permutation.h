// Features or channels in another order.
#pragma once

#include "pushforward/flows/bijector.h"

namespace pushforward::flows {

/// y_i = x_{order[i]} over the features of {D} or the channels of {C, H, W}; log|det| = 0. The buffer "order"
/// is part of the state, so what was learned behind one order is never run behind another.
class Permutation : public Bijector {
 public:
  /// Throws Error unless `order` has each of 0 … D − 1 once.
  explicit Permutation(const std::vector<std::int64_t>& order);

  Transformed forward(const at::Tensor& x, const Context& context) override;
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  Event output(const Event& in) const override;
  std::string describe() const override;

 private:
  at::Tensor order() const;  // [D] indices; throws Error for a state that holds no order
  at::Tensor order_;         // [D]
};

/// D − 1, …, 1, 0; a random order is `permutation` of core/random.h.
std::vector<std::int64_t> reversed_order(std::int64_t dims);

}  // namespace pushforward::flows
