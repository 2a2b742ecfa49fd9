#include "pushforward/autoencoders/autoencoder.h"

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/ops/layout.h"

namespace pushforward::autoencoders {

Autoencoder::Autoencoder(const AutoencoderOptions& options) : options_(options) {
  PF_CHECK(options.dims > 0 && options.hidden > 0 && options.latent > 0,
           "[autoencoder] expected positive sizes, got {} → {} → {}", options.dims, options.hidden,
           options.latent);
  auto init = nn::generator(stream_key(options.seed, "autoencoder"));
  const auto mlp = [&](std::int64_t in, std::int64_t out) {
    return std::make_shared<nn::Mlp>(nn::MlpOptions{.sizes = {in, options.hidden, out}}, init);
  };
  encoder_ = register_module("encoder", mlp(options.dims, options.latent));
  decoder_ = register_module("decoder", mlp(options.latent, options.dims));
}

at::Tensor Autoencoder::encode(const at::Tensor& x) const {
  PF_CHECK(x.dim() == 2 && x.size(1) == dims(), "[autoencoder] expected x [N, {}], got {}", dims(),
           x.sizes());
  return encoder_->forward(ops::feature_major(x));
}

at::Tensor Autoencoder::decode(const at::Tensor& codes) const {
  PF_CHECK(codes.dim() == 2 && codes.size(1) == latent(), "[autoencoder] expected codes [N, {}], got {}",
           latent(), codes.sizes());
  return decoder_->forward(ops::feature_major(codes));
}

at::Tensor Autoencoder::reconstruction_error(const at::Tensor& x) const {
  return (decode(encode(x)) - x).square().mean(1);
}

}  // namespace pushforward::autoencoders
