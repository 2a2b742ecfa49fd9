// Convolutions in bfloat16 by oneDNN, which reads images where they lie.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "pushforward/ops/conv_shape.h"

namespace pushforward::ops::direct {

/// Whether oneDNN has a kernel for this product on this processor that beats one over patches, which costs a
/// copy of each pixel for each tap.
bool fits(const ConvShape& shape, ConvProduct product);

/// A weight [out, in, rows, columns] rounded and laid out as oneDNN's kernel of this shape and `product`,
/// which is not backward_weight, reads it.
template <ConvProduct product>
class Weights {
 public:
  using Number = c10::BFloat16;

  Weights(const ConvShape& shape, const float* weight);
  const std::byte* numbers() const { return numbers_.get(); }

 private:
  std::shared_ptr<std::byte> numbers_;
};

/// y = x ∗ weight, and `plus`, as y lies, where it is not null.
void forward(const ConvShape& shape, const c10::BFloat16* x, const Weights<ConvProduct::forward>& weights,
             const float* plus, float* y);
void backward_data(const ConvShape& shape, const c10::BFloat16* grad_y,
                   const Weights<ConvProduct::backward_data>& weights, float* grad_x);
void backward_weight(const ConvShape& shape, const c10::BFloat16* x, const c10::BFloat16* grad_y,
                     float* grad_weight);

}  // namespace pushforward::ops::direct
