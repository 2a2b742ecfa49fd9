#include "pushforward/nn/descent.h"

namespace pushforward::nn {

Descent::Descent(const Module& module, DescentOptions options)
    : module_(module), optimiser_(name_of(options.optimiser)), update_(module, std::move(options)) {}

Scalars Descent::apply(Gradients gradients, const StepInfo& info) {
  Scalars scalars;
  if (const auto norm = update_.take(std::move(gradients))) scalars.emplace_back("gradient_norm", *norm);
  update_.apply(info.step, info.learning_rate);
  return scalars;
}

NamedTensors Descent::state() const {
  NamedTensors all;
  append(all, "model.", named_state(module_));
  append(all, optimiser_ + ".", update_.moments());
  append(all, "ema.", update_.averages());
  return all;
}

}  // namespace pushforward::nn
