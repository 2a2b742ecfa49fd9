#include "pushforward/autoencoders/latent_flow.h"

namespace pushforward::autoencoders {

LatentFlow::LatentFlow(const LatentFlowOptions& options) {
  autoencoder_ = register_module("autoencoder", std::make_shared<Autoencoder>(options.autoencoder));
  standardise_ = std::make_shared<flows::Standardise>(options.autoencoder.latent);
  flow_ = register_module("flow", flows::real_nvp({.dims = options.autoencoder.latent,
                                                   .hidden = options.hidden,
                                                   .couplings = options.couplings,
                                                   .transformer = options.transformer,
                                                   .preprocessing = {standardise_},
                                                   .seed = options.seed}));
}

at::Tensor LatentFlow::log_prob(const at::Tensor& x) {
  return flow_->log_prob(autoencoder_->encode(x));
}

at::Tensor LatentFlow::sample(std::int64_t n, double temperature, at::Generator generator) {
  const at::NoGradGuard no_grad;
  return autoencoder_->decode(flow_->sample(n, temperature, std::move(generator)));
}

}  // namespace pushforward::autoencoders
