#include "pushforward/nn/classifier.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/ops/layout.h"

namespace pushforward::nn {

Classifier::Classifier(const ClassifierOptions& options, at::Generator& init) {
  PF_CHECK(options.channels >= 1 && options.classes >= 1 && options.width >= 1,
           "[classifier] expected channels, classes and width of at least 1, got {}, {} and {}",
           options.channels, options.classes, options.width);
  const auto w = options.width;
  struct Plan {
    std::int64_t kernel, stride, out;
  };
  const auto layers = register_module("layers", std::make_shared<Module>("layers"));
  std::int64_t in = options.channels, position = 0;
  for (const auto& [kernel, stride, out] :
       {Plan{4, 2, w}, {3, 1, w}, {4, 2, 2 * w}, {3, 1, 4 * w}, {4, 2, 4 * w}}) {
    auto conv =
        std::make_shared<Conv>(in, out, kernel, ops::ConvOptions{.stride = stride, .padding = 1}, init);
    layers->register_module(std::to_string(position), conv);
    auto norm = layers->register_module(std::to_string(position + 1), std::make_shared<BatchNorm>(out));
    stages_.push_back({std::move(conv), std::move(norm), stride});
    position += 3;  // the activation is one of nn.Sequential's
    in = out;
  }
  head_ = register_module("head", std::make_shared<Linear>(in, options.classes, init));
}

Classifier::Output Classifier::forward(const at::Tensor& x) {
  const auto channels = stages_.front().conv->weight.size(1);
  PF_CHECK(x.dim() == 4 && x.size(1) == channels && std::min(x.size(2), x.size(3)) >= smallest_side,
           "[classifier] expected images [N, {}, H, W] of at least {} pixels a side, got {}", channels,
           smallest_side, x.sizes());
  auto y = ops::channels_last(x);
  for (auto& stage : stages_) y = stage.norm->forward(stage.conv->forward(y), 0);
  const auto features = y.mean(at::IntArrayRef{2, 3});
  return {features, head_->forward(features)};
}

double Classifier::forward_flop(std::int64_t height, std::int64_t width) const {
  auto products = static_cast<double>(head_->weight.numel());
  for (const auto& stage : stages_) {
    if (stage.stride == 2) {
      height /= 2;
      width /= 2;
    }
    products += static_cast<double>(stage.conv->weight.numel() * height * width);
  }
  return 2 * products;
}

std::shared_ptr<Classifier> classifier(const ClassifierOptions& options, std::uint64_t seed) {
  auto init = generator(stream_key(seed, "classifier init"));
  return std::make_shared<Classifier>(options, init);
}

}  // namespace pushforward::nn
