// Networks with a Lipschitz constant below one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pushforward/flows/bijector.h"
#include "pushforward/nn/lipschitz_activation.h"
#include "pushforward/nn/spectral_bound.h"

namespace pushforward::flows {

struct LipschitzNetOptions {
  Event event;                // {D}: fully connected; {C, H, W}: convolutions 3×3, 1×1, …, 3×3
  std::int64_t hidden = 128;  // units or channels
  std::int64_t hidden_layers = 2;
  std::string activation = "lipswish";     // of nn::lipschitz_activations()
  bool activates_input = false;            // an activation before the first layer too
  std::int64_t condition = 0;              // numbers of a condition, free of any bound; 0: none
  nn::SpectralBoundOptions spectral = {};  // of every layer
};

/// g: x → y of the same event, linear layers of norm at most c with activations of slope at most 1 between,
/// so Lip(g) ≤ c^layers < 1 (Behrmann et al. 2019, eq. 3). The last layer starts at zero: g = 0. A condition
/// moves the first layer's biases, whatever it is: Lip(g) is in x.
class LipschitzNet : public nn::Module {
 public:
  /// Throws Error when an option is out of range, UsageError for an unknown activation.
  LipschitzNet(const LipschitzNetOptions& options, at::Generator& init);

  /// The bounded weights of all layers, made once for many evaluations; in training mode power iteration
  /// moves on.
  std::vector<at::Tensor> weights() const;

  /// x [N, …] → g(x) under a condition [N, K] or undefined, in the type of x, with weights of that type.
  at::Tensor forward(const at::Tensor& x, const std::vector<at::Tensor>& weights,
                     const at::Tensor& condition = {}) const;

  /// A bound on Lip(g) with these weights: the product of their norm_bound.
  double lipschitz_bound(const std::vector<at::Tensor>& weights) const;

  /// c^layers, which `lipschitz_bound` is meant to be.
  double lipschitz_goal() const;

  /// Two for each weight at every position.
  double forward_flop() const;

  /// "2→64→64→2, lipswish".
  std::string describe() const;

 private:
  class Layer;
  LipschitzNetOptions options_;
  std::vector<std::shared_ptr<Layer>> layers_;
  at::Tensor condition_;  // [K, hidden]
};

}  // namespace pushforward::flows
