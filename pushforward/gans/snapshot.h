// Tensors as they were.
#pragma once

#include "pushforward/nn/module.h"

namespace pushforward::gans {

/// Copies of tensors, to put back when a step fails.
class Snapshot {
 public:
  void add(const nn::NamedTensors& tensors);

  /// A module's buffers: running statistics, vectors of spectral norms.
  void add_buffers(const nn::Module& module);

  void restore() const;

 private:
  std::vector<std::pair<at::Tensor, at::Tensor>> tensors_;  // {tensor, copy}
};

}  // namespace pushforward::gans
