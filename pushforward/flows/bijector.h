// The contract of every layer of a flow.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pushforward/nn/density.h"

namespace pushforward::flows {

using nn::Context;

/// The shape of one example: {D}, or {C, H, W}. It decides the layout of a batch (ops::laid_out).
using Event = std::vector<std::int64_t>;

/// How many numbers an event has.
std::int64_t size_of(const Event& event);

/// What a map gives. The last two are an iterative inverse's.
struct Transformed {
  at::Tensor value;             // [N, …]
  at::Tensor log_det;           // [N] nats, of the map that was applied
  at::Tensor latent = {};       // [N, …] what leaves the flow here, or undefined
  std::int64_t iterations = 0;  // that it took
  double error = 0;             // an upper bound on the largest error in `value`
};

enum class Inverse { analytic, iterative, sequential, absent };

enum class LogDet {
  exact,
  estimated,  // with a generator in the context; without one, the map's deterministic form
  bound,      // with learned noise in the map: in its mean it makes log p a lower bound
};

/// An invertible map with its log-determinant, data → latent in `forward`. Value and log-determinant are one
/// call, so they cannot drift apart. Batches come laid out (ops::laid_out) and are given so, except where the
/// event changes: there the flow converts.
class Bijector : public nn::Module {
 public:
  /// x [N, …] → {y, log|det ∂y/∂x|}; where a latent leaves, of x → (y, latent).
  virtual Transformed forward(const at::Tensor& x, const Context& context) = 0;

  /// y [N, …] → {x, log|det ∂x/∂y|}, with `context.latent` in the place of what left. Without
  /// `context.wants_log_det` the log_det of a layer that would work for it is undefined. Throws Error when
  /// `inverse_kind()` is absent, and when an iteration does not reach `context.tolerance`.
  virtual Transformed inverse(const at::Tensor& y, const Context& context) = 0;

  virtual Inverse inverse_kind() const { return Inverse::analytic; }
  virtual LogDet log_det_kind() const { return LogDet::exact; }

  /// The event that `value` is, of one that is taken. Throws Error for an event that is not.
  virtual Event output(const Event& in) const { return in; }

  /// The event that leaves the flow here, or {}.
  virtual Event leaves(const Event&) const { return {}; }

  /// How many numbers of a condition it needs; 0: it takes none.
  virtual std::int64_t condition_size() const { return 0; }

  /// Whether it is ready: false until a layer that starts from data has been given some, here or in the state
  /// that was loaded (so a buffer says so).
  virtual bool is_initialised() const { return true; }

  /// Starts it from x [N, …], all finite, as it reaches this layer.
  virtual void initialise(const at::Tensor& x) { static_cast<void>(x); }

  /// Whether `forward` in training moves buffers, as a power iteration does, or takes the examples of a batch
  /// together. Of no other layer may threads take slices of a batch.
  virtual bool needs_whole_batches() const { return false; }

  /// Multiplications and additions of `forward` in products, for one example. Of an event {D} each weight
  /// matrix counts once; a layer with weights on images counts its own.
  virtual double forward_flop(const Event& in) const;

  /// One line for `inspect`: "affine coupling, 392 of 784 kept, conditioner 392→1024→392".
  virtual std::string describe() const = 0;
};

/// Throws Error, behind the name `who`, unless `condition` is [n, size], or undefined where size is 0.
void check_condition(const char* who, const at::Tensor& condition, std::int64_t n, std::int64_t size);

}  // namespace pushforward::flows
