// Convolutions as products over patches, for any kernel size, stride and padding.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/ops/conv_shape.h"
#include "pushforward/ops/gemm.h"

namespace pushforward::ops::patches {

/// A weight [out, in, rows, columns] as `product` multiplies by it: rounded to Number, laid out, packed.
/// Serves convolutions of the same kernel, stride, dilation and padding; those backward of the same size too.
template <typename Number_, ConvProduct product>
class Weights {
 public:
  using Number = Number_;

  Weights(const ConvShape& shape, const float* weight);

  /// The matrix of the whole weight, or that of a phase of x.
  const PackedMatrix& matrix(std::int64_t phase = 0) const {
    return *parts_[static_cast<std::size_t>(phase)].matrix;
  }

 private:
  struct Part {
    std::unique_ptr<Number[]> numbers;
    std::unique_ptr<PackedMatrix> matrix;  // of these numbers; null in a phase that no tap reaches
  };
  std::vector<Part> parts_;
};

/// Operands are of Number, float or c10::BFloat16.
///
/// Each output pixel's patch of x is a row of rows·columns·in numbers; y is their product with the weight,
/// and `plus`, as y lies, where it is not null.
template <typename Number>
void forward(const ConvShape& shape, const Number* x, const Weights<Number, ConvProduct::forward>& weights,
             const float* plus, float* y);
/// Pixels of x with the same place modulo the stride see the same taps: each such phase of grad_x is a
/// product over patches of grad_y. Of an x with few channels, products are added instead, patch by patch.
template <typename Number>
void backward_data(const ConvShape& shape, const Number* grad_y,
                   const Weights<Number, ConvProduct::backward_data>& weights, float* grad_x);
template <typename Number>
void backward_weight(const ConvShape& shape, const Number* x, const Number* grad_y, float* grad_weight);

}  // namespace pushforward::ops::patches
