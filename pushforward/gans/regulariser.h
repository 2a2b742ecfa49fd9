// What keeps a critic smooth.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pushforward/gans/networks.h"

namespace pushforward::gans {

/// Adds to the critic's loss, or acts after its step. Any regulariser goes with any objective.
///
/// The penalties look at ‖∇D(x)‖, the norm of the derivative of each output in its own input. A critic with
/// batch normalisation has no such thing, each output depending on all inputs: use layers without it.
/// Spectral normalisation is a property of a critic's layers (nn/spectral_norm.h) and goes with all of these.
struct Regulariser {
  /// A scalar with a graph to the critic's parameters, to be added to the critic's loss. real, fake: the
  /// step's batches [N, …], without graph; random quantities come from `generator`. Empty: no penalty.
  std::function<at::Tensor(Critic&, const at::Tensor& real, const at::Tensor& fake, at::Generator& generator)>
      penalty = {};

  /// After the critic's update. Empty: nothing.
  std::function<void(Critic&)> after_step = {};
};

/// Nothing.
Regulariser no_regulariser();

/// After each step every parameter is clamped to [−limit, limit] (Arjovsky et al. 2017, algorithm 1: 0.01).
Regulariser weight_clipping(double limit);

/// λ E(‖∇D(x̂)‖ − 1)² at x̂ = real + α(fake − real), α ~ U[0, 1) per sample (Gulrajani et al. 2017, eq. 3,
/// λ = 10). One-sided: λ E max(0, ‖∇D(x̂)‖ − 1)² (ibid., section 4).
Regulariser gradient_penalty(double lambda);
Regulariser one_sided_gradient_penalty(double lambda);

/// λ E(‖∇D(x̂)‖ − 1)² at x̂ = real + α·½·sd(real)·U[0, 1)ᴰ, sd over the whole batch, α ~ U[0, 1) per sample
/// (Kodali et al. 2017, algorithm 1 as its authors' code has it, λ = 10).
Regulariser dragan(double lambda);

/// γ/2 E‖∇D(real)‖² (Mescheder et al. 2018, eq. 9, γ = 10).
Regulariser r1(double gamma);

/// By name: "none", "weight_clipping", "gradient_penalty", "one_sided_gradient_penalty", "dragan", "r1".
/// Without a strength, that of the paper. UsageError for another name or a strength that is not positive.
Regulariser regulariser(const std::string& name, std::optional<double> strength = {});
std::vector<std::string> regulariser_names();

}  // namespace pushforward::gans
