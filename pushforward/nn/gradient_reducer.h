// The seam between processes that train one model together.
#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace pushforward::nn {

/// Makes processes, each with its own batch, take the same update. Here there is one process, and nothing to
/// do.
///
/// Every process calls both functions equally often and in the same order. What is not finite is looked for
/// after `reduce`, and a loss that is not is told by `everywhere`: so either all processes update, or none.
class GradientReducer {
 public:
  virtual ~GradientReducer() = default;

  /// Replaces each gradient by its mean over all processes (the losses are means over batches). Called once
  /// for every update of a network, before anything looks at the gradients: one for each parameter, in order
  /// of registration, lying in memory as the parameter does; zero where the loss does not depend on it.
  virtual void reduce(std::vector<at::Tensor>& /*gradients*/) {}

  /// Whether `here` is true in every process.
  virtual bool everywhere(bool here) { return here; }
};

}  // namespace pushforward::nn
