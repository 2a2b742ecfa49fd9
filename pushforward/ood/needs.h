// What a detector needs: answers of the model, and images to be fitted on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pushforward/ood/outputs.h"

namespace pushforward::ood {

/// The members of Outputs.
enum class Answer {
  log_prob,
  log_prob_latent,
  log_det,
  background,
  ensemble,
  log_ratio,
  reconstruction_error,
  features,
  logits
};

/// Answers of which one suffices.
using AnyOf = std::vector<Answer>;

struct Needs {
  std::vector<AnyOf> answers = {};  ///< of the model; none: the detector needs no model
  std::int64_t images = 1;          ///< to be fitted on
  /// Height and width that uint8 images [N, C, H, W] must have at least; 0: tensors [N, …] of any kind will
  /// do.
  std::int64_t side = 0;
};

/// Those of `needs.answers` that the model has not got. An ensemble is one from 2 members on.
std::vector<AnyOf> missing(const Needs& needs, const Outputs& model);

/// Whether the model answers all that is needed.
bool serves(const Outputs& model, const Needs& needs);

/// What the model lacks for `detector`, and which other has it, in one line; "" when it lacks nothing.
std::string lack(const char* detector, const Needs& needs, const Outputs& model);

/// What the images to be fitted on lack for `detector`, in one line; "" when they lack nothing.
std::string lack(const char* detector, const Needs& needs, const at::Tensor& images);

}  // namespace pushforward::ood
