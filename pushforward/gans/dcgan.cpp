#include "pushforward/gans/dcgan.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/nn/random.h"
#include "pushforward/ops/leaky_relu.h"

namespace pushforward::gans {
namespace {

constexpr ops::ConvOptions halving{.stride = 2, .padding = 1};
constexpr std::int64_t kernel = 4;
constexpr double slope = 0.2;

/// Children of a "model", at the position that PyTorch's nn.Sequential gives them.
class Sequence {
 public:
  explicit Sequence(nn::Module& owner)
      : model_(owner.register_module("model", std::make_shared<nn::Module>("model"))) {}

  template <typename Layer>
  std::shared_ptr<Layer> add(std::shared_ptr<Layer> layer) {
    return model_->register_module(std::to_string(position_++), std::move(layer));
  }
  void activation() { ++position_; }

 private:
  std::shared_ptr<nn::Module> model_;
  std::int64_t position_ = 0;
};

void initialise(nn::Module& module, Initialisation how, at::Generator& init) {
  if (how == Initialisation::pytorch) return;
  const at::NoGradGuard no_grad;
  for (auto& parameter : module.named_parameters()) {
    if (parameter->dim() == 4) parameter->copy_(nn::draw_normal(parameter->sizes(), 0, 0.02, init));
    if (parameter->dim() == 1 && parameter.key().ends_with("weight"))
      parameter->copy_(nn::draw_normal(parameter->sizes(), 1, 0.02, init));
  }
}

/// Counts the arithmetic of a layer that makes a kernel's worth of products at each of side × side pixels.
template <typename Layer>
double product_flop(const Layer& layer, std::int64_t side) {
  return 2.0 * static_cast<double>(layer.weight.numel() * side * side);
}

void check(const DcganOptions& options) {
  PF_CHECK(options.latent >= 1 && options.channels >= 1 && options.width >= 1,
           "[dcgan] expected latent, channels and width of at least 1, got {}, {} and {}", options.latent,
           options.channels, options.width);
}

}  // namespace

Pyramid::Pyramid(std::int64_t size) : base(size) {
  while (base >= 8 && base % 2 == 0) {
    base /= 2;
    ++halvings;
  }
  PF_CHECK(halvings >= 1 && base >= 4 && base < 8,
           "[dcgan] expected an image of 4 to 7 pixels doubled at least once (28, 32, 64, …), got {}", size);
}

DcganGenerator::DcganGenerator(const DcganOptions& options, at::Generator& init) : Generator(options.latent) {
  check(options);
  const Pyramid pyramid(options.size);
  Sequence model(*this);
  auto in = options.latent;
  for (std::int64_t level = pyramid.halvings; level >= 0; --level) {
    const auto out = level == 0 ? options.channels : options.width << (level - 1);
    const bool first = level == pyramid.halvings;
    layers_.push_back(model.add(std::make_shared<nn::ConvTranspose>(
        in, out, first ? pyramid.base : kernel, first ? ops::ConvOptions{} : halving, init)));
    flop_ += product_flop(*layers_.back(), first ? 1 : options.size >> (level + 1));
    if (level == 0) break;
    norms_.push_back(model.add(std::make_shared<nn::BatchNorm>(out)));
    model.activation();
    in = out;
  }
  initialise(*this, options.initialisation, init);
}

at::Tensor DcganGenerator::forward(const at::Tensor& z) {
  PF_CHECK(z.dim() == 2 && z.size(1) == latent(), "[dcgan] expected latents [N, {}], got {}", latent(),
           z.sizes());
  auto x = z.view({z.size(0), z.size(1), 1, 1});
  for (std::size_t i = 0; i < norms_.size(); ++i) x = norms_[i]->forward(layers_[i]->forward(x), 0);
  return layers_.back()->forward(x).tanh();
}

DcganCritic::DcganCritic(const DcganOptions& options, CriticNorm norm, at::Generator& init) {
  check(options);
  const Pyramid pyramid(options.size);
  Sequence model(*this);
  auto in = options.channels;
  for (std::int64_t level = 1; level <= pyramid.halvings + 1; ++level) {
    const bool last = level > pyramid.halvings;
    const auto out = last ? 1 : options.width << (level - 1);
    auto layer = std::make_shared<nn::Conv>(in, out, last ? pyramid.base : kernel,
                                            last ? ops::ConvOptions{} : halving, init);
    if (norm == CriticNorm::spectral)
      spectral_norms_.push_back(
          layer->register_module("spectral_norm", std::make_shared<nn::SpectralNorm>(layer->weight, init)));
    layers_.push_back(model.add(std::move(layer)));
    flop_ += product_flop(*layers_.back(), last ? 1 : options.size >> level);
    if (last) break;
    if (norm == CriticNorm::batch && level > 1)
      norms_.push_back(model.add(std::make_shared<nn::BatchNorm>(out)));
    model.activation();
    in = out;
  }
  initialise(*this, options.initialisation, init);
  for (std::size_t i = 0; i < spectral_norms_.size(); ++i) spectral_norms_[i]->follow(layers_[i]->weight);
}

at::Tensor DcganCritic::forward(const at::Tensor& x) {
  auto y = x;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const auto& layer = *layers_[i];
    y = spectral_norms_.empty() ? layer.forward(y)
                                : layer.forward(y, (*spectral_norms_[i])(layer.weight, is_training()));
    if (i + 1 == layers_.size()) break;
    y = i >= 1 && !norms_.empty() ? norms_[i - 1]->forward(y, slope) : ops::leaky_relu(y, slope);
  }
  PF_CHECK(y.dim() == 4 && y.size(1) * y.size(2) * y.size(3) == 1,
           "[dcgan] expected images that end in one value, got {} from {}", y.sizes(), x.sizes());
  return y.reshape({-1});
}

std::shared_ptr<DcganGenerator> dcgan_generator(const DcganOptions& options, std::uint64_t seed) {
  auto init = nn::generator(stream_key(seed, "generator init"));
  return std::make_shared<DcganGenerator>(options, init);
}

std::shared_ptr<DcganCritic> dcgan_critic(const DcganOptions& options, CriticNorm norm, std::uint64_t seed) {
  auto init = nn::generator(stream_key(seed, "critic init"));
  return std::make_shared<DcganCritic>(options, norm, init);
}

}  // namespace pushforward::gans
