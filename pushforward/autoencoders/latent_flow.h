// A flow on an autoencoder's codes.
#pragma once

#include "pushforward/autoencoders/autoencoder.h"
#include "pushforward/flows/models.h"
#include "pushforward/flows/standardise.h"

namespace pushforward::autoencoders {

struct LatentFlowOptions {
  AutoencoderOptions autoencoder = {.latent = 128};
  std::int64_t couplings = 8;
  std::int64_t hidden = 1024;          // of the flow's conditioners
  std::string transformer = "affine";  // of its couplings
  bool standardise = true;             // the flow's first layer
  std::uint64_t seed = 0;              // of the flow's initial weights
};

/// An autoencoder and a RealNVP on its codes. The flow's first layer standardises the codes unless they are
/// to be taken raw, with its log-determinant, so log p is the density of the codes as the encoder gives them:
/// nats of `latent` numbers whose scale the autoencoder chose, comparable between images under one model, and
/// neither a likelihood of pixels nor comparable with one.
class LatentFlow : public nn::Module {
 public:
  explicit LatentFlow(const LatentFlowOptions& options);

  /// x [N, dims] → log p(encode(x)) [N] nats.
  at::Tensor log_prob(const at::Tensor& x);
  /// n decoded samples of the flow: [n, dims].
  at::Tensor sample(std::int64_t n, double temperature, at::Generator generator);

  const std::shared_ptr<Autoencoder>& autoencoder() const { return autoencoder_; }
  const std::shared_ptr<flows::Flow>& flow() const { return flow_; }
  /// The flow's first layer; null where it takes raw codes.
  const std::shared_ptr<flows::Standardise>& standardise() const { return standardise_; }

 private:
  std::shared_ptr<Autoencoder> autoencoder_;
  std::shared_ptr<flows::Standardise> standardise_;
  std::shared_ptr<flows::Flow> flow_;
};

}  // namespace pushforward::autoencoders
