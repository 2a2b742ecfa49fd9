// Training a density model by maximum likelihood.
#pragma once

#include <memory>

#include "pushforward/nn/density.h"
#include "pushforward/nn/descent.h"

namespace pushforward::nn {

struct MaximumLikelihoodOptions {
  DescentOptions descent = {};
  std::uint64_t seed = 0;  // of the noise (dequantisation, trace estimates), one draw per step
  double tolerance = Context{}.tolerance;  // of an iterative inverse, when samples are drawn
};

/// Minimises −mean log p(x), of a model with a condition −mean log p(x | label). Scalars:
/// "log_likelihood" (nats per image, mean over the batch), in a step "log_likelihood_estimate" where the
/// model estimates it, and, with clipping, "gradient_norm". What starts from data does so from the batch of
/// step 0. Of a batch of images, each thread evaluates and differentiates a slice, where the model may be
/// sliced and the batch is large enough: noise and rounding then depend on the number of threads. The model
/// is in training mode during a step only. An estimating model is evaluated by the same draws every time,
/// whose mean is the likelihood's. Samples of a model with a condition are of every class in turn. Throws
/// Error for a batch without the labels that it needs, or with others than its classes'.
class MaximumLikelihood : public Trainable {
 public:
  MaximumLikelihood(std::shared_ptr<DensityModel> model, MaximumLikelihoodOptions options);

  Scalars step(const Batch& batch, const StepInfo& info) override;
  Scalars evaluate(const Batch& batch) override;
  NamedTensors state() override { return descent_.state(); }
  NamedTensors weights() override { return descent_.weights(); }
  at::Tensor sample(std::int64_t n, at::Generator generator) override;
  void use_averages(bool use) override { descent_.use_averages(use); }

 private:
  std::shared_ptr<DensityModel> model_;
  MaximumLikelihoodOptions options_;
  Descent descent_;
};

}  // namespace pushforward::nn
