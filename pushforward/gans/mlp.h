// Fully connected networks, for points in a plane and other vectors.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/gans/networks.h"
#include "pushforward/nn/mlp.h"
#include "pushforward/nn/spectral_norm.h"

namespace pushforward::gans {

struct MlpGeneratorOptions {
  std::int64_t latent = 2;
  std::vector<std::int64_t> hidden = {256, 256, 256};
  std::int64_t dims = 2;
  double scale = 1;  // of the data (their standard deviation, say): the layers see and make it as 1
};

/// z [N, latent] → Linear·ReLU·…·Linear · scale → [N, dims]. Parameters "model.0.weight", "model.0.bias",
/// "model.2.weight", … as in PyTorch's nn.Sequential with the activations counted.
class MlpGenerator : public Generator {
 public:
  MlpGenerator(const MlpGeneratorOptions& options, at::Generator& init);

  at::Tensor forward(const at::Tensor& z) override { return model_->forward(z) * scale_; }

 private:
  double scale_;
  std::shared_ptr<nn::Mlp> model_;
};

struct MlpCriticOptions {
  std::int64_t dims = 2;
  std::vector<std::int64_t> hidden = {256, 256, 256};
  double slope = 0;  // of the leaky ReLU below 0; 0: ReLU
  bool spectral_norm = false;
  double scale = 1;  // as the generator's
};

/// x [N, dims] → scale · f(x/scale) [N], whose slopes are those of f = Linear·LeakyReLU·…·Linear, every
/// weight divided by its spectral norm if wanted. Parameters as the generator's, buffers
/// "model.0.spectral_norm.u", "….v".
class MlpCritic : public Critic {
 public:
  MlpCritic(const MlpCriticOptions& options, at::Generator& init);

  at::Tensor forward(const at::Tensor& x) override;

 private:
  double slope_, scale_;
  std::vector<std::shared_ptr<nn::Linear>> layers_;
  std::vector<std::shared_ptr<nn::SpectralNorm>> norms_;  // one a layer, or none
};

}  // namespace pushforward::gans
