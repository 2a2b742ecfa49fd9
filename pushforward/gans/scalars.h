// The names of what an adversarial run logs: each is written here once.
#pragma once

namespace pushforward::gans::scalar {

/// Names what a step measures, by Adversarial (adversarial.h).
inline constexpr const char *generator_loss = "generator_loss", *critic_loss = "critic_loss",
                            *critic_real = "critic_real", *critic_fake = "critic_fake",
                            *wasserstein = "wasserstein", *penalty = "penalty",
                            *generator_gradient_norm = "generator_gradient_norm",
                            *critic_gradient_norm = "critic_gradient_norm",
                            *generator_update_norm = "generator_update_norm",
                            *critic_update_norm = "critic_update_norm";

/// The critic's mean output on a batch, by Adversarial::evaluate.
inline constexpr const char* critic_held_out = "critic_held_out";

/// Measured of samples at an epoch's end, by the monitor (runs/sample_monitor.h).
inline constexpr const char *modes_covered = "modes_covered", *modes = "modes",
                            *high_quality = "high_quality", *pixel_distance = "pixel_distance",
                            *diversity = "diversity", *nearest_diversity = "nearest_diversity",
                            *critic_seen = "critic_seen", *critic_unseen = "critic_unseen",
                            *critic_samples = "critic_samples", *critic_error = "critic_error";

}  // namespace pushforward::gans::scalar
