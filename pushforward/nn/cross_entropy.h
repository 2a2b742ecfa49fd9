// Training a classifier.
#pragma once

#include <memory>

#include "pushforward/nn/classifier.h"
#include "pushforward/nn/descent.h"

namespace pushforward::nn {

struct CrossEntropyOptions {
  DescentOptions descent = {};
  bool flip = false;       // mirror each image of a batch, left to right, with probability ½
  std::uint64_t seed = 0;  // of the flips, one draw per step
};

/// Minimises the mean of −log p(label | image). Scalars: "loss" (nats), "accuracy", the share of
/// images whose label has the largest logit (of a step both are of the batch it was made with) and, with
/// clipping, "gradient_norm". Labels that are missing, or not below the number of classes, are an Error.
class CrossEntropy : public Trainable {
 public:
  CrossEntropy(std::shared_ptr<Classifier> model, CrossEntropyOptions options);

  Scalars step(const Batch& batch, const StepInfo& info) override;
  Scalars evaluate(const Batch& batch) override;
  NamedTensors state() override { return descent_.state(); }
  NamedTensors weights() override { return descent_.weights(); }
  /// Undefined: there is nothing to draw from.
  at::Tensor sample(std::int64_t n, at::Generator generator) override;
  void use_averages(bool use) override { descent_.use_averages(use); }

 private:
  at::Tensor augmented(const at::Tensor& images, std::int64_t step) const;

  std::shared_ptr<Classifier> model_;
  CrossEntropyOptions options_;
  Descent descent_;
};

}  // namespace pushforward::nn
