// Autoregressive layers: every feature moves by what the features before it are.
#pragma once

#include "pushforward/flows/bijector.h"
#include "pushforward/flows/masked_mlp.h"
#include "pushforward/flows/transformer.h"

namespace pushforward::flows {

/// Which direction is one pass of the network.
enum class Parallel {
  density,   // data → latent: the masked autoregressive flow (Papamakarios et al. 2017)
  sampling,  // latent → data: the inverse autoregressive flow (Kingma et al. 2016)
};

struct MaskedAutoregressiveOptions {
  std::int64_t dims = 784;
  std::int64_t hidden = 1024;          // units of a hidden layer
  std::int64_t depth = 1;              // hidden layers
  std::string transformer = "affine";  // of transformers()
  Parallel parallel = Parallel::density;
  std::int64_t condition = 0;  // numbers of the condition; 0: none
};

/// y_i = transformer(x_i; network of those before i), in the order of the features, whose Jacobian is lower
/// triangular: "Masked Autoregressive Flow" (Papamakarios et al. 2017, eq. 3-6) with "affine". A Permutation
/// before it gives another order.
///
/// Those before i are x_1 … x_{i−1} where the density is parallel and y_1 … y_{i−1} where sampling is. The
/// other direction goes feature by feature: D steps which together cost the arithmetic of one pass, and with
/// gradients the memory of as many copies of the hidden layers.
class MaskedAutoregressive : public Bijector {
 public:
  /// Throws Error when an option is out of range, UsageError for an unknown transformer.
  MaskedAutoregressive(const MaskedAutoregressiveOptions& options, at::Generator& init);

  Transformed forward(const at::Tensor& x, const Context& context) override;
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  /// Sequential where the density is parallel, else analytic.
  Inverse inverse_kind() const override;
  Event output(const Event& in) const override;
  std::int64_t condition_size() const override { return options_.condition; }
  std::string describe() const override;

 private:
  Transformed at_once(Transformer::Map map, const at::Tensor& in, const Context& context) const;
  Transformed in_order(Transformer::Map map, const at::Tensor& in, const Context& context) const;
  /// [N, numbers·d] of d features → a tensor for each parameter, as a Transformer takes them.
  std::vector<at::Tensor> parameters(const at::Tensor& numbers, std::int64_t features) const;

  MaskedAutoregressiveOptions options_;
  const Transformer& transformer_;
  std::shared_ptr<MaskedMlp> net_;
};

}  // namespace pushforward::flows
