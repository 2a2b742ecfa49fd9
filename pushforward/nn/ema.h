// An exponential moving average of a module's parameters.
#pragma once

#include "pushforward/nn/module.h"

namespace pushforward::nn {

/// a ← a + (1 − d)(p − a) with d = min(decay, (1 + t)/(10 + t)), which forgets the initial weights quickly
/// (t counts updates). Buffers are not averaged but taken as they are.
class Ema {
 public:
  Ema(const Module& module, double decay);

  void update(std::int64_t step);

  /// The averages under the parameters' names, then the module's buffers.
  NamedTensors weights() const;

  /// Exchanges averages and parameters; calling it again restores.
  void swap();

 private:
  double decay_;
  std::vector<std::string> names_;
  std::vector<at::Tensor> parameters_, averages_;
  NamedTensors buffers_;
};

}  // namespace pushforward::nn
