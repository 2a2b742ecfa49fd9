// A game on the line: data N(0, 1) against N(θ, 1), and the discriminator that tells them apart.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>

#include "pushforward/gans/mlp.h"

namespace pushforward::lab {

/// log(p/q) of N(0, 1) and N(θ, 1): h(x) = θ²/2 − θ x, the optimal discriminator's logit.
at::Tensor optimal_logit(const at::Tensor& x, double theta);

/// Draws [n, D] of one side of a game.
using Draw = std::function<at::Tensor(std::int64_t n)>;

/// A critic trained by the cross-entropy of both sides on fresh draws, `steps` batches of 512 by Adam with a
/// cosine rate. `seen(step, critic)` is called before every step and at the end.
using Seen = std::function<void(std::int64_t step, gans::MlpCritic& critic)>;
std::shared_ptr<gans::MlpCritic> trained_critic(const Draw& real, const Draw& fake, std::int64_t dims,
                                                std::int64_t steps, std::uint64_t seed,
                                                const std::vector<std::int64_t>& hidden = {64, 64},
                                                const Seen& seen = {});

}  // namespace pushforward::lab
