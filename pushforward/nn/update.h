// The one way from a loss to a module's next parameters.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "pushforward/nn/ema.h"
#include "pushforward/nn/gradient_reducer.h"
#include "pushforward/nn/optimiser.h"

namespace pushforward::nn {

struct UpdateOptions {
  OptimiserOptions optimiser = ops::AdamOptions{};
  double clip_norm = 0;       // largest gradient norm; 0: no clipping
  bool measure_norm = false;  // also without clipping
  double ema_decay = 0;       // of the averaged weights; 0: none kept
  Ema::Buffers ema_buffers = Ema::Buffers::as_they_are;
  std::shared_ptr<GradientReducer> reducer = std::make_shared<GradientReducer>();
};

using Gradients = std::vector<at::Tensor>;

/// Gradients → mean over processes → finite? → norm, clipping → optimiser → averages, for one module.
///
/// In two calls, so that several networks' gradients can be known before any of them moves:
///
///   const auto norm = update.differentiate(loss);
///   const double moved = update.apply(step, learning_rate);
class Update {
 public:
  /// `network` names the module in messages: "the gradient of NETWORK.NAME is not finite"; may be empty.
  Update(const Module& module, UpdateOptions options, std::string network = "");

  /// Whether a loss is finite in all processes. Ask before differentiating it.
  bool is_finite(double loss) const;

  /// d(of)/d(parameters), weighted by `signal` where `of` is not a scalar: one for each, lying in memory as
  /// it does. Changes nothing; threads may take gradients of losses of their own.
  Gradients gradients_of(const at::Tensor& of, const at::Tensor& signal = {}) const;

  /// Takes such gradients and clips them. Returns their norm before clipping, where the options clip or
  /// measure it. Throws NonFinite, naming the parameter, with nothing changed. Without a norm to look at,
  /// only the vectors (biases) are looked at, see Optimiser.
  std::optional<double> take(Gradients gradients);

  /// Both.
  std::optional<double> differentiate(const at::Tensor& of, const at::Tensor& signal = {}) {
    return take(gradients_of(of, signal));
  }

  /// Moves the parameters by the gradients taken last, then the averages; `step` is how many updates were
  /// made before. Returns √Σ‖Δp‖², the length of the update.
  double apply(std::int64_t step, double learning_rate);

  /// Drops gradients that were taken.
  void forget() { optimiser_->zero_gradients(); }

  /// The optimiser's moments, by parameter: "first_moment.NAME".
  NamedTensors moments() const { return optimiser_->state(); }

  /// The averages, by parameter; empty where none are kept.
  NamedTensors averages() const;

  /// The averages where they are kept, else the module's own parameters and buffers.
  NamedTensors weights() const;

  /// Puts the averages in the place of the parameters (true) and back (false).
  void use_averages(bool use);

 private:
  std::optional<double> clipped() const;

  const Module& module_;
  UpdateOptions options_;
  std::string network_;
  std::unique_ptr<Optimiser> optimiser_;
  std::optional<Ema> ema_;
};

}  // namespace pushforward::nn
