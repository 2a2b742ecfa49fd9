#include "pushforward/autoencoders/latent_flow.h"

namespace pushforward::autoencoders {

LatentFlow::LatentFlow(const LatentFlowOptions& options) {
  autoencoder_ = register_module("autoencoder", std::make_shared<Autoencoder>(options.autoencoder));
  flows::Flow::Bijectors preprocessing;
  if (options.standardise) {
    standardise_ = std::make_shared<flows::Standardise>(options.autoencoder.latent);
    preprocessing.push_back(standardise_);
  }
  flow_ = register_module("flow", flows::real_nvp({.dims = options.autoencoder.latent,
                                                   .hidden = options.hidden,
                                                   .couplings = options.couplings,
                                                   .transformer = options.transformer,
                                                   .preprocessing = preprocessing,
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
