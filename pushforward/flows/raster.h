// An autoregressive layer for small grids, in raster order.
#pragma once

#include <memory>

#include "pushforward/flows/bijector.h"
#include "pushforward/flows/transformer.h"
#include "pushforward/nn/gated_conv.h"

namespace pushforward::flows {

struct RasterOptions {
  Event event = {1, 7, 7};
  std::string transformer = "affine";  // of transformers()
  std::int64_t hidden = 128;
  std::int64_t layers = 4;  // gated, of each position by itself
};

/// Each position moves by a transformer whose parameters a network makes of all positions before it, row by
/// row: of the levels of dequantised pixels in [0, 1) (pixel_features.h). One masked convolution sees the
/// whole grid from where it stands (van den Oord et al. 2016, "Pixel recurrent neural networks", §3.4, mask
/// A), what follows it is each position's own, so the inverse, which is sequential, costs as much as
/// `forward`. For small grids: the kernel has (2·max(H, W) − 1)² taps. Channels of a position do not see each
/// other.
class Raster : public Bijector {
 public:
  Raster(const RasterOptions& options, at::Generator& init);

  Transformed forward(const at::Tensor& x, const Context& context) override;
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  Inverse inverse_kind() const override { return Inverse::sequential; }
  Event output(const Event& in) const override;
  double forward_flop(const Event& in) const override;
  std::string describe() const override;

 private:
  /// seen [N, 2C, …] → parameters of the positions at which the whole kernel fits into `seen`, padded;
  /// `offset` [hidden, h, w] is theirs.
  std::vector<at::Tensor> parameters_of(const at::Tensor& seen, std::int64_t padding,
                                        const at::Tensor& offset) const;

  Event event_;
  const Transformer& transformer_;
  std::int64_t reach_;                  // rows and columns that a position sees to each side
  std::vector<std::int64_t> channels_;  // of each parameter
  std::shared_ptr<nn::Conv> first_;
  at::Tensor offset_;  // [hidden, H, W], added to what `first_` makes
  std::vector<std::shared_ptr<nn::GatedConv>> layers_;
  std::shared_ptr<nn::BiasedConv> last_;
};

}  // namespace pushforward::flows
