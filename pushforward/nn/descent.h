// One loss over one module, minimised by Adam.
#pragma once

#include <optional>

#include "pushforward/nn/adam.h"
#include "pushforward/nn/ema.h"
#include "pushforward/nn/trainable.h"

namespace pushforward::nn {

struct DescentOptions {
  ops::AdamOptions adam = {};
  double clip_norm = 0;  // largest gradient norm; 0: no clipping
  double ema_decay = 0;  // of the averaged weights; 0: none kept
};

/// What every Trainable of one module and one optimiser is made of.
class Descent {
 public:
  Descent(const Module& module, DescentOptions options);

  /// Differentiates a loss, clips, updates, averages. With clipping "gradient_norm", else nothing. Throws
  /// NonFinite for a gradient that is not finite, before anything was updated; whether the loss is, is the
  /// caller's to look at.
  Scalars minimise(const at::Tensor& loss, const StepInfo& info);

  /// "model.NAME", "adam.first_moment.NAME", "adam.second_moment.NAME", and "ema.NAME" where averages are
  /// kept.
  NamedTensors state() const;

  /// The averages where they are kept, else the module's own.
  NamedTensors weights() const;

  void use_averages(bool use);

 private:
  const Module& module_;
  DescentOptions options_;
  Adam adam_;
  std::optional<Ema> ema_;
};

}  // namespace pushforward::nn
