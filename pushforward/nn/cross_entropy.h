// Training a classifier.
#pragma once

#include <memory>

#include "pushforward/nn/adam.h"
#include "pushforward/nn/classifier.h"
#include "pushforward/nn/trainable.h"

namespace pushforward::nn {

struct CrossEntropyOptions {
  ops::AdamOptions adam = {};
  bool flip = false;       // mirror each image of a batch, left to right, with probability ½
  std::uint64_t seed = 0;  // of the flips, one draw per step
};

/// Minimises the mean of −log p(label | image) by Adam. Scalars: "loss" (nats) and "accuracy", the share of
/// images whose label has the largest logit; of a step both are of the batch it was made with. Labels that
/// are missing, or not below the number of classes, are an Error.
class CrossEntropy : public Trainable {
 public:
  CrossEntropy(std::shared_ptr<Classifier> model, CrossEntropyOptions options);

  Scalars step(const Batch& batch, const StepInfo& info) override;
  Scalars evaluate(const Batch& batch) override;
  NamedTensors state() override;
  NamedTensors weights() override { return named_state(*model_); }
  /// Undefined: there is nothing to draw from.
  at::Tensor sample(std::int64_t n, at::Generator generator) override;

 private:
  at::Tensor augmented(const at::Tensor& images, std::int64_t step) const;

  std::shared_ptr<Classifier> model_;
  CrossEntropyOptions options_;
  Adam adam_;
};

}  // namespace pushforward::nn
