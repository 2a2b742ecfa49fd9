// A whole set through a model, in batches.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <vector>

#include "pushforward/flows/flow.h"
#include "pushforward/ood/outputs.h"

namespace pushforward::models {

/// Rows [B, k] for a batch float32 [B, D] in [0, 1] (points as they are).
using BatchMap = std::function<at::Tensor(const at::Tensor& batch)>;

/// The same for one whose rows depend on which batch it is, from 0.
using NumberedBatchMap = std::function<at::Tensor(const at::Tensor& batch, std::int64_t number)>;

/// float64 [N, k]: `map` of values uint8 [N, C, H, W] or float32 [N, D], a batch to each thread at a time,
/// without gradients, in the caller's precision. `work` names it to the one who waits. Throws Interrupted
/// after Ctrl-C.
at::Tensor by_batches(const at::Tensor& values, const std::string& work, const BatchMap& map);
at::Tensor by_batches(const at::Tensor& values, const std::string& work, const NumberedBatchMap& map,
                      std::int64_t batch = 256);

/// log p [N] nats, float64; of a flow whose condition is a label the marginal, over classes as probable. An
/// estimate's draws, dequantisation among them, are the same each time, and those of images independent:
/// their mean's standard error holds the estimator's noise.
std::vector<double> log_prob(flows::Flow& flow, const at::Tensor& values);

/// log p(x | y) [N, K] nats, float64, under each class of a flow whose condition is a label; draws as above.
at::Tensor class_log_prob(flows::Flow& flow, const at::Tensor& values);

/// What a flow tells detectors: log_prob, log_prob_latent and log_det from one pass; of what `input` makes of
/// a batch, where that is given. Of a flow whose condition is a label log_prob alone: its marginal has
/// neither latents nor a log-determinant.
ood::Outputs outputs_of(const std::shared_ptr<flows::Flow>& flow, const BatchMap& input = {});

}  // namespace pushforward::models
