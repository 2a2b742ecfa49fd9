#include "pushforward/nn/size.h"

namespace pushforward::nn {

std::int64_t parameter_count(const Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

double matrix_flop(const Module& module) {
  double flop = 0;
  for (const auto& parameter : module.parameters())
    if (parameter.dim() == 2) flop += 2.0 * static_cast<double>(parameter.numel());
  return flop;
}

}  // namespace pushforward::nn
