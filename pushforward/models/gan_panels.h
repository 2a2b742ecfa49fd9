// What there is to see of an adversarial run's metrics.jsonl.
#pragma once

#include <string>
#include <vector>

#include "pushforward/core/json.h"
#include "pushforward/gans/adversarial.h"
#include "pushforward/models/model.h"

namespace pushforward::models {

/// Losses, the critic's outputs, its estimate of the Wasserstein distance and the penalty where there are
/// such, norms of gradients and of updates, and what Monitor measures of images or points.
std::vector<Panel> gan_panels(const gans::AdversarialOptions& options);

/// gans::verdict of the lines that a run has so far.
std::vector<std::string> gan_verdict(const std::vector<Json>& metrics, const gans::Objective& objective);

}  // namespace pushforward::models
