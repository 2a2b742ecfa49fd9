#include "pushforward/nn/mlp.h"

#include "pushforward/core/error.h"

namespace pushforward::nn {

Mlp::Mlp(const MlpOptions& options, at::Generator& init) {
  PF_CHECK(options.sizes.size() >= 2, "[mlp] expected at least an input and an output size, got {} sizes",
           options.sizes.size());
  for (std::size_t i = 0; i + 1 < options.sizes.size(); ++i) {
    auto layer = std::make_shared<Linear>(options.sizes[i], options.sizes[i + 1], init,
                                          i == 0 ? options.fan_in : std::nullopt);
    layers.push_back(register_module(std::to_string(2 * i), layer));
  }
}

at::Tensor Mlp::forward(at::Tensor x) const {
  for (const auto& layer : layers)
    x = layer->forward(x, layer == layers.back() ? ops::Activation::identity : ops::Activation::relu);
  return x;
}

}  // namespace pushforward::nn
