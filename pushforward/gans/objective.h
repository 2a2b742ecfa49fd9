// What critic and generator minimise.
#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <vector>

namespace pushforward::gans {

/// Two pure functions of critic outputs: real, fake [N] → scalars, both to be minimised. Below, D is the
/// critic's output on one image, E the mean over a batch.
struct Objective {
  std::string name;
  std::string output;  // What the critic's output means, for axes.

  at::Tensor (*critic_loss)(const at::Tensor& real, const at::Tensor& fake);
  at::Tensor (*generator_loss)(const at::Tensor& fake);

  /// The value of critic_loss when the critic separates real from fake beyond doubt; absent where there is
  /// no such bound.
  std::optional<double> critic_won;
  /// The least value of critic_loss when real and fake look the same to it.
  double critic_guessing;

  /// The value of generator_loss when every fake is taken for real beyond doubt, and when the critic is
  /// undecided; absent where the loss has no such bound.
  std::optional<double> generator_won = {}, generator_guessing = {};
  /// Whether minus the critic's loss estimates a distance.
  bool estimates_distance = false;
};

/// Goodfellow et al. 2014, eq. 1, from logits: critic ½(E softplus(−D(real)) + E softplus(D(fake))), the
/// average of the cross-entropies of the real and the fake half; generator E log(1 − σ(D(fake))) = −E
/// softplus(D(fake)), which saturates at 0 when the critic wins.
Objective minimax();

/// The same critic; generator E softplus(−D(fake)) (ibid., section 3).
Objective non_saturating();

/// Mao et al. 2017, eq. 2 with a = 0, b = c = 1: critic ½E(D(real) − 1)² + ½E D(fake)², generator
/// ½E(D(fake) − 1)².
Objective least_squares();

/// Lim & Ye 2017; Miyato et al. 2018, eq. 16-17: critic E max(0, 1 − D(real)) + E max(0, 1 + D(fake)),
/// generator −E D(fake).
Objective hinge();

/// Arjovsky et al. 2017, eq. 2: critic E D(fake) − E D(real), generator −E D(fake). With a 1-Lipschitz
/// critic, minus the critic's loss estimates the Wasserstein-1 distance from below.
Objective wasserstein();

/// By name ("minimax", "non_saturating", "least_squares", "hinge", "wasserstein"); UsageError for another.
Objective objective(const std::string& name);
std::vector<std::string> objective_names();

}  // namespace pushforward::gans
