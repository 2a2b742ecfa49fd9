// A convolutional network that sees of every pixel only those before it.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/nn/conv.h"

namespace pushforward::flows {

struct CausalNetOptions {
  std::int64_t in = 1, height = 28, width = 28;
  std::int64_t hidden = 48;                               // channels
  std::vector<std::int64_t> dilations = {1, 2, 1, 4, 1};  // of the gated layers
  bool mirror = false;                                    // sees the mirror image of what is known as well
  std::int64_t out = 1;
  at::Tensor start = {};       // [out] of the output's biases; undefined: 0
  std::int64_t condition = 0;  // numbers of a condition; 0: none
};

/// x [N, in, H, W] → [N, out, H, W], which at pixel (i, j) depends on the rows above i and, in row i, on the
/// columns left of j. Two stacks of gated layers without a blind spot (van den Oord et al. 2016, "Conditional
/// image generation with PixelCNN decoders", §2.2-2.3, figure 2): shifted instead of masked kernels, 2×3
/// above and 1×2 to the left, with residual connections in both and an offset for every position. With
/// `mirror`, for images of things that are symmetric, the first layers see at (i, j) the pixels around
/// (i', W − 1 − j) too, of those before (i, j): the rows above, and in row i, right of the middle. In
/// float32, where tiles of pixels are made together (ops/winograd.h), rounding may depend on the others of a
/// tile.
class CausalNet : public nn::Module {
 public:
  /// Throws Error when an option is out of range.
  CausalNet(const CausalNetOptions& options, at::Generator& init);

  at::Tensor forward(const at::Tensor& x, const at::Tensor& condition) const;

  /// Multiplications and additions of `forward` in products, for one image.
  double forward_flop() const;

  /// Goes over pixels in raster order, for images that become known on the way. Every layer's columns are
  /// kept, so each is made once.
  class Walk {
   public:
    Walk(const CausalNet& net, std::int64_t n, const at::Tensor& condition, const at::TensorOptions& options);
    /// What `forward` gives at the next pixel: [N, out, 1, 1].
    at::Tensor output();
    /// The next pixel's own values, x [N, in, 1, 1]; then goes on.
    void set(const at::Tensor& x);
    /// The next row's values at once, x [N, in, 1, W]: nobody asks for what `output` gives in it.
    void set_row(const at::Tensor& x);

   private:
    void begin_row();

    const CausalNet& net_;
    at::Tensor offset_above_, offset_left_;  // of the condition
    at::Tensor image_;                       // [N, in, above + H, left + W]
    at::Tensor mirror_;  // the left half of this row reversed, with zeros on both sides: [N, in, 1, …]
    std::vector<at::Tensor> above_;  // after each layer, [N, C, above + H, W]
    std::vector<at::Tensor> link_;   // into each layer, of this row: [N, 2C or C, 1, W]
    std::vector<at::Tensor> left_;   // after each layer, of this row: [N, C, 1, left + W]
    std::int64_t i_ = 0, j_ = 0;
  };

 private:
  struct Layer {
    std::int64_t dilation;
    std::shared_ptr<nn::Conv> above, left, link, out;
    at::Tensor above_bias, left_bias;
  };

  at::Tensor head(const at::Tensor& left) const;
  /// The convolution of the reversed left half of each row, for its right half; zeros in the left one.
  at::Tensor reflection(const at::Tensor& x) const;
  at::Tensor offset(const at::Tensor& weight, const at::Tensor& condition) const;

  CausalNetOptions options_;
  std::shared_ptr<nn::Conv> first_above_, first_left_, first_link_, mirror_above_, mirror_left_, hidden_,
      last_;
  at::Tensor position_, condition_above_, condition_left_, hidden_bias_, last_bias_;
  std::vector<Layer> layers_;
};

}  // namespace pushforward::flows
