// The convolutional networks of Radford et al. 2016, for square images of any size that halves down to 4-7
// pixels.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/gans/networks.h"
#include "pushforward/nn/batch_norm.h"
#include "pushforward/nn/conv.h"
#include "pushforward/nn/spectral_norm.h"

namespace pushforward::gans {

/// How weights start: as PyTorch's layers do, or from N(0, 0.02) and batch norms' gammas from N(1, 0.02).
enum class Initialisation { pytorch, normal };

struct DcganOptions {
  std::int64_t latent = 100;
  std::int64_t size = 64;  // height and width of the images
  std::int64_t channels = 1;
  std::int64_t width = 64;  // channels of the layer next to the image; they double with every halving
  Initialisation initialisation = Initialisation::pytorch;
};

/// A network's resolutions: the image's side is `base`·2^halvings with base 4 … 7: 64 = 4·2⁴, 28 = 7·2².
/// Throws Error for a size that has no such form (below 8).
struct Pyramid {
  explicit Pyramid(std::int64_t size);
  std::int64_t base = 0, halvings = 0;
};

/// z [N, latent] → [N, channels, size, size] in [−1, 1]: a transposed convolution to base × base, then of
/// kernel 4, stride 2, padding 1 doubling the sides and halving the channels, batch norm and ReLU between,
/// tanh at the end, no biases. For size 64: latent → 512 → 256 → 128 → 64 → channels.
///
/// Parameters are named by position in PyTorch's nn.Sequential with the activations counted:
/// "model.0.weight", "model.1.weight" (gamma), "model.1.running_mean", "model.3.weight", ….
class DcganGenerator : public Generator {
 public:
  DcganGenerator(const DcganOptions& options, at::Generator& init);

  at::Tensor forward(const at::Tensor& z) override;
  double forward_flop() const override { return flop_; }

 private:
  double flop_ = 0;
  std::vector<std::shared_ptr<nn::ConvTranspose>> layers_;
  std::vector<std::shared_ptr<nn::BatchNorm>> norms_;  // after every layer but the last
};

/// What stands between a critic's layers, from the second on.
enum class CriticNorm { batch, none, spectral };

/// x [N, channels, size, size] → [N]: convolutions of kernel 4, stride 2, padding 1 down to base × base,
/// doubling the channels from `width`, then one over all of it; leaky ReLU 0.2 between, no biases. Batch norm
/// follows the second layer to the last but one; spectral normalisation divides every weight. Parameters
/// "model.0.weight", "model.2.weight", "model.3.weight" (gamma), …, as PyTorch counts them (with or without
/// the batch norms).
class DcganCritic : public Critic {
 public:
  DcganCritic(const DcganOptions& options, CriticNorm norm, at::Generator& init);

  at::Tensor forward(const at::Tensor& x) override;
  double forward_flop() const override { return flop_; }

 private:
  double flop_ = 0;
  std::vector<std::shared_ptr<nn::Conv>> layers_;
  std::vector<std::shared_ptr<nn::BatchNorm>> norms_;              // of layers 1 … last − 1, or none
  std::vector<std::shared_ptr<nn::SpectralNorm>> spectral_norms_;  // of all layers, or none
};

/// Networks with initial weights from the streams "generator init" and "critic init" under `seed`.
std::shared_ptr<DcganGenerator> dcgan_generator(const DcganOptions& options = {}, std::uint64_t seed = 0);
std::shared_ptr<DcganCritic> dcgan_critic(const DcganOptions& options = {},
                                          CriticNorm norm = CriticNorm::batch, std::uint64_t seed = 0);

}  // namespace pushforward::gans
