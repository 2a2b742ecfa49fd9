// What the training loop knows of a model: it can take a step, be evaluated, and be saved.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/nn/module.h"
#include "pushforward/nn/scalars.h"

namespace pushforward::nn {

/// A loss or gradient that is NaN or infinite, found before anything was updated.
class NonFinite : public Error {
 public:
  using Error::Error;
};

/// What a model is trained on: float32 [B, …] in [0, 1], or points; and int64 labels [B] where the set has
/// them.
struct Batch {
  Batch(at::Tensor all, at::Tensor classes = {}) : values(std::move(all)), labels(std::move(classes)) {}

  at::Tensor values, labels;
};

struct StepInfo {
  std::int64_t step = 0;   // updates made so far
  std::int64_t epoch = 0;  // epochs made so far
  double learning_rate = 0;
};

/// A model with its optimisers. The loop owns when; the model owns how.
class Trainable {
 public:
  virtual ~Trainable() = default;

  /// One update on a batch. Throws NonFinite, saying where, with every parameter and moment as it was.
  virtual Scalars step(const Batch& batch, const StepInfo& info) = 0;

  /// Means over a batch, nothing updated.
  virtual Scalars evaluate(const Batch& batch) = 0;

  /// All that an exact continuation needs: parameters, moments, averages (the tensors themselves).
  virtual NamedTensors state() = 0;

  /// What is sampled and scored: the parameters, or their average where one is kept.
  virtual NamedTensors weights() = 0;

  /// n samples [n, …] in data space; undefined, never an Error, while there is nothing to draw from.
  virtual at::Tensor sample(std::int64_t n, at::Generator generator) = 0;

  /// Puts the averaged weights in the place of the parameters (true) and back (false), where averages are
  /// kept. The loop evaluates and samples in between.
  virtual void use_averages(bool) {}
};

}  // namespace pushforward::nn
