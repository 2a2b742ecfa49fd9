// Training a density model by maximum likelihood.
#pragma once

#include <memory>
#include <optional>

#include "pushforward/nn/adam.h"
#include "pushforward/nn/density.h"
#include "pushforward/nn/ema.h"
#include "pushforward/nn/trainable.h"

namespace pushforward::nn {

struct MaximumLikelihoodOptions {
  ops::AdamOptions adam = {};
  double clip_norm = 0;    // largest gradient norm; 0: no clipping
  double ema_decay = 0;    // of the averaged weights; 0: none kept
  std::uint64_t seed = 0;  // of the noise (dequantisation, trace estimates), one draw per step
};

/// Minimises −mean log p(x) by Adam. Scalars: "log_likelihood" (nats per image, mean over the batch) and,
/// with clipping, "gradient_norm".
class MaximumLikelihood : public Trainable {
 public:
  MaximumLikelihood(std::shared_ptr<DensityModel> model, MaximumLikelihoodOptions options);

  Scalars step(const Batch& batch, const StepInfo& info) override;
  Scalars evaluate(const Batch& batch) override;
  NamedTensors state() override;
  NamedTensors weights() override;
  at::Tensor sample(std::int64_t n, at::Generator generator) override;
  void use_averages(bool use) override;

 private:
  std::shared_ptr<DensityModel> model_;
  MaximumLikelihoodOptions options_;
  Adam adam_;
  std::optional<Ema> ema_;
  bool averaged_ = false;
};

}  // namespace pushforward::nn
