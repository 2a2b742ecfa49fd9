// The contract of every layer of a flow.
#pragma once

#include <optional>
#include <string>

#include "pushforward/nn/module.h"

namespace pushforward::flows {

/// Where a layer draws randomness (dequantisation, trace estimates) and what it conditions on.
struct Context {
  at::Tensor condition;                    // [N, C] or undefined
  std::optional<at::Generator> generator;  // undefined: the layer uses its deterministic form
};

struct Transformed {
  at::Tensor value;    // [N, …]
  at::Tensor log_det;  // [N] nats, of the map that was applied
};

enum class Inverse { analytic, iterative, absent };

/// An invertible map with its log-determinant, data → latent in `forward`. Value and log-determinant are one
/// call, so they cannot drift apart.
class Bijector : public nn::Module {
 public:
  /// x [N, D] → {y, log|det ∂y/∂x|}.
  virtual Transformed forward(const at::Tensor& x, const Context& context) = 0;
  /// y [N, D] → {x, log|det ∂x/∂y|}. Throws Error when `inverse_kind()` is absent.
  virtual Transformed inverse(const at::Tensor& y, const Context& context) = 0;
  virtual Inverse inverse_kind() const { return Inverse::analytic; }
  /// One line for `inspect`: "affine coupling, 392 of 784 kept, conditioner 392→1024→392".
  virtual std::string describe() const = 0;
};

}  // namespace pushforward::flows
