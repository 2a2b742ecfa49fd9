#include "pushforward/gans/mlp.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"
#include "pushforward/ops/leaky_relu.h"

namespace pushforward::gans {
namespace {

std::vector<std::int64_t> sizes(std::int64_t in, const std::vector<std::int64_t>& hidden, std::int64_t out) {
  std::vector<std::int64_t> all{in};
  all.insert(all.end(), hidden.begin(), hidden.end());
  all.push_back(out);
  return all;
}

}  // namespace

MlpGenerator::MlpGenerator(const MlpGeneratorOptions& options, at::Generator& init)
    : Generator(options.latent),
      scale_(options.scale),
      model_(register_module(
          "model", std::make_shared<nn::Mlp>(
                       nn::MlpOptions{sizes(options.latent, options.hidden, options.dims)}, init))) {}

MlpCritic::MlpCritic(const MlpCriticOptions& options, at::Generator& init)
    : slope_(options.slope), scale_(options.scale) {
  const auto model = register_module("model", std::make_shared<nn::Module>("model"));
  const auto size = sizes(options.dims, options.hidden, 1);
  for (std::size_t i = 0; i + 1 < size.size(); ++i) {
    const auto layer = std::make_shared<nn::Linear>(size[i], size[i + 1], init);
    layers_.push_back(model->register_module(std::to_string(2 * i), layer));
    if (options.spectral_norm)
      norms_.push_back(
          layer->register_module("spectral_norm", std::make_shared<nn::SpectralNorm>(layer->weight, init)));
  }
}

at::Tensor MlpCritic::forward(const at::Tensor& x) {
  PF_CHECK(x.dim() == 2, "[mlp critic] expected points [N, D], got {}", x.sizes());
  auto y = x / scale_;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const auto& layer = *layers_[i];
    const auto weight = norms_.empty() ? layer.weight : (*norms_[i])(layer.weight, is_training());
    const bool last = i + 1 == layers_.size(), relu = !last && slope_ == 0;
    y = ops::linear(y, weight, layer.bias, relu ? ops::Activation::relu : ops::Activation::identity);
    if (!last && !relu) y = ops::leaky_relu(y, slope_);
  }
  return y.squeeze(1) * scale_;
}

}  // namespace pushforward::gans
