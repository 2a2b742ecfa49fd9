// Images through a narrow place and back.
#pragma once

#include "pushforward/nn/mlp.h"

namespace pushforward::autoencoders {

struct AutoencoderOptions {
  std::int64_t dims = 784;
  std::int64_t hidden = 512;
  std::int64_t latent = 64;
  std::uint64_t seed = 0;  // of the initial weights
};

/// Encoder dims → hidden → latent and decoder latent → hidden → dims, ReLU between, nothing after: codes and
/// reconstructions are real numbers (Hinton and Salakhutdinov 2006, "Reducing the dimensionality of data
/// with neural networks", with one hidden layer a side).
///
///   Autoencoder autoencoder({.dims = 784, .latent = 64});
///   auto codes = autoencoder.encode(x);                  // [N, 64]
///   auto error = autoencoder.reconstruction_error(x);    // [N]
class Autoencoder : public nn::Module {
 public:
  /// Throws Error when a size is not positive.
  explicit Autoencoder(const AutoencoderOptions& options);

  /// x [N, dims] → codes [N, latent].
  at::Tensor encode(const at::Tensor& x) const;
  /// codes [N, latent] → [N, dims].
  at::Tensor decode(const at::Tensor& codes) const;
  /// Σ (x − decode(encode(x)))²/dims: [N], the mean squared error of a pixel.
  at::Tensor reconstruction_error(const at::Tensor& x) const;

  std::int64_t dims() const { return options_.dims; }
  std::int64_t latent() const { return options_.latent; }
  const nn::Mlp& encoder() const { return *encoder_; }
  const nn::Mlp& decoder() const { return *decoder_; }

 private:
  AutoencoderOptions options_;
  std::shared_ptr<nn::Mlp> encoder_, decoder_;
};

}  // namespace pushforward::autoencoders
