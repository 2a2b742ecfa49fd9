// Networks as they were.
#pragma once

#include "pushforward/nn/module.h"

namespace pushforward::nn {

/// Copies of tensors, to put back when a step fails.
class Snapshot {
 public:
  void add(const NamedTensors& tensors);

  /// A module's buffers: running statistics, vectors of spectral norms.
  void add_buffers(const Module& module);

  void restore() const;

 private:
  std::vector<std::pair<at::Tensor, at::Tensor>> tensors_;  // {tensor, copy}
};

/// While it lives, a module is in training mode or not; afterwards its mode is what it was.
class Mode {
 public:
  Mode(Module& module, bool training);
  ~Mode();
  Mode(const Mode&) = delete;
  Mode& operator=(const Mode&) = delete;

 private:
  Module& module_;
  bool training_;
};

/// A Mode in which no graph is made, and after which the module's buffers, too, are what they were.
class ModeGuard {
 public:
  ModeGuard(Module& module, bool training);
  ~ModeGuard();
  ModeGuard(const ModeGuard&) = delete;
  ModeGuard& operator=(const ModeGuard&) = delete;

 private:
  Mode mode_;
  Snapshot buffers_;
  at::NoGradGuard no_grad_;
};

}  // namespace pushforward::nn
