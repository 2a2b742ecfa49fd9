// An exponential moving average of a module's parameters.
#pragma once

#include "pushforward/nn/module.h"

namespace pushforward::nn {

/// a ← a + (1 − d)(p − a) with d = min(decay, (1 + t)/(10 + t)), which forgets the initial weights quickly
/// (t counts updates).
class Ema {
 public:
  /// Buffers are taken as they are; or averaged too (those that are floating-point), as the running
  /// statistics of batch norms should be: those of the moment do not fit averaged weights.
  enum class Buffers { as_they_are, averaged };

  Ema(const Module& module, double decay, Buffers buffers = Buffers::as_they_are);

  void update(std::int64_t step);

  /// The averages under the parameters' names, then the buffers.
  NamedTensors weights() const;

  /// Exchanges averages and parameters; calling it again restores.
  void swap();

  /// Swapped (true) or not (false), whatever it was before.
  void use(bool averages);

 private:
  double decay_;
  bool swapped_ = false;
  NamedTensors live_;                 // parameters, then buffers
  std::vector<at::Tensor> averages_;  // of each, or the live tensor itself
};

}  // namespace pushforward::nn
