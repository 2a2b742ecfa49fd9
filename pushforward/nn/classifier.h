// A convolutional classifier of images.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/nn/batch_norm.h"
#include "pushforward/nn/conv.h"
#include "pushforward/nn/linear.h"

namespace pushforward::nn {

struct ClassifierOptions {
  std::int64_t channels = 1;
  std::int64_t classes = 10;
  std::int64_t width = 32;  // channels after the first convolution; there are 4·width features
};

/// Convolutions with batch normalisation and ReLU, w = width, the sides of 28 pixels in brackets:
///   4×4, stride 2 → w [14];  3×3 → w [14];  4×4, stride 2 → 2w [7];  3×3 → 4w [7];  4×4, stride 2 → 4w [3];
/// then the mean over all pixels, which are the features, and a linear layer. In PyTorch the convolutions are
/// an nn.Sequential "layers" (layers.0.weight, layers.1.running_mean, layers.3.weight, …), the last layer is
/// "head".
class Classifier : public Module {
 public:
  static constexpr std::int64_t smallest_side = 16;

  /// Throws Error for a number of channels, classes or a width below 1.
  Classifier(const ClassifierOptions& options, at::Generator& init);

  struct Output {
    at::Tensor features;  // [N, features()], none negative
    at::Tensor logits;    // [N, classes]
  };
  /// x [N, C, H, W] in [0, 1], of any sides from 16 on. Throws Error for other shapes.
  Output forward(const at::Tensor& x);

  std::int64_t features() const { return head_->weight.size(1); }
  std::int64_t classes() const { return head_->weight.size(0); }
  /// Multiplications and additions of the products for one image of height × width.
  double forward_flop(std::int64_t height, std::int64_t width) const;

 private:
  struct Stage {
    std::shared_ptr<Conv> conv;
    std::shared_ptr<BatchNorm> norm;
    std::int64_t stride;
  };
  std::vector<Stage> stages_;
  std::shared_ptr<Linear> head_;
};

/// The network with weights from the stream "classifier init" of `seed`.
std::shared_ptr<Classifier> classifier(const ClassifierOptions& options, std::uint64_t seed = 0);

}  // namespace pushforward::nn
