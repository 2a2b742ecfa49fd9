#include "pushforward/study/model_size.h"

namespace pushforward::study {

std::int64_t parameter_count(const nn::Module& model) {
  std::int64_t count = 0;
  for (const auto& parameter : model.parameters()) count += parameter.numel();
  return count;
}

double forward_flop(const nn::Module& model) {
  double flop = 0;
  for (const auto& parameter : model.parameters())
    if (parameter.dim() == 2) flop += 2.0 * static_cast<double>(parameter.numel());
  return flop;
}

}  // namespace pushforward::study
