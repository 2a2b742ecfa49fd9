// A normalizing flow: a base distribution and the bijectors that lead to it.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/flows/bijector.h"
#include "pushforward/nn/density.h"

namespace pushforward::flows {

/// log p(x) = log N(f(x); 0, I) + Σ_k log|det ∂f_k| for f = f_K ∘ … ∘ f_1 (change of variables).
/// Preprocessing is among the bijectors, so a likelihood is always one of the data as given.
///
///   Flow flow(784, preprocessing, layers);
///   auto nats = flow.log_prob(images);          // [N]
///   auto fresh = flow.sample(64);
class Flow : public nn::DensityModel {
 public:
  using Bijectors = std::vector<std::shared_ptr<Bijector>>;

  /// Bijectors in the order data → latent; `preprocessing` first, registered as "preprocessing.i", then
  /// `layers`, registered as "layers.i".
  Flow(std::int64_t dims, Bijectors preprocessing, Bijectors layers);

  at::Tensor log_prob(const at::Tensor& x, std::optional<at::Generator> generator = {}) override;
  at::Tensor sample(std::int64_t n, double temperature, at::Generator generator) override;
  /// From the stream (seed, "sample"): what `pushforward sample --seed` draws.
  at::Tensor sample(std::int64_t n, double temperature = 1.0, std::uint64_t seed = 0);
  std::string first_non_finite(const at::Tensor& x) override;

  /// x [N, D] → {z, log|det ∂z/∂x|}.
  Transformed encode(const at::Tensor& x, const Context& context = {});
  /// z [N, D] → {x, log|det ∂x/∂z|}.
  Transformed decode(const at::Tensor& z, const Context& context = {});

  std::int64_t dims() const { return dims_; }
  /// Whether discrete data is dequantised, so that likelihoods can be stated in bits/dim.
  bool dequantizes() const;
  /// All bijectors with their registered names, data → latent.
  const std::vector<std::pair<std::string, std::shared_ptr<Bijector>>>& bijectors() const {
    return bijectors_;
  }

 private:
  std::int64_t dims_;
  std::vector<std::pair<std::string, std::shared_ptr<Bijector>>> bijectors_;
};

/// log N(z; 0, I) [N] nats for z [N, D].
at::Tensor standard_normal_log_prob(const at::Tensor& z);

}  // namespace pushforward::flows
