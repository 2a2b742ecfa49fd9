// One loss over one module, minimised.
#pragma once

#include "pushforward/nn/trainable.h"
#include "pushforward/nn/update.h"

namespace pushforward::nn {

using DescentOptions = UpdateOptions;

/// What every Trainable of one module and one optimiser is made of.
class Descent {
 public:
  Descent(const Module& module, DescentOptions options);

  /// Whether a loss is finite in all processes; ask before minimising it.
  bool is_finite(double loss) const { return update_.is_finite(loss); }

  /// See Update.
  Gradients gradients_of(const at::Tensor& loss) const { return update_.gradients_of(loss); }

  /// Updates by the gradients of a loss, see Update. Returns "gradient_norm" where there is clipping, else
  /// nothing. Throws NonFinite for a gradient that is not finite, before anything was updated; whether the
  /// loss is, is the caller's to look at.
  Scalars apply(Gradients gradients, const StepInfo& info);

  Scalars minimise(const at::Tensor& loss, const StepInfo& info) { return apply(gradients_of(loss), info); }

  /// "model.NAME", "adam.first_moment.NAME", "adam.second_moment.NAME" (or those of
  /// another optimiser), and "ema.NAME" where averages are kept.
  NamedTensors state() const;

  /// The averages where they are kept, else the module's own.
  NamedTensors weights() const { return update_.weights(); }

  void use_averages(bool use) { update_.use_averages(use); }

 private:
  const Module& module_;
  std::string optimiser_;  // its name
  Update update_;
};

}  // namespace pushforward::nn
