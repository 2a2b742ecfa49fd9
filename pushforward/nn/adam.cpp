#include "pushforward/nn/adam.h"

namespace pushforward::nn {

Adam::Adam(const Module& module, ops::AdamOptions options)
    : Optimiser(module), options_(options), first_(zeros()), second_(zeros()) {}

double Adam::apply(const std::vector<at::Tensor>& gradients, std::int64_t step, double learning_rate,
                   double scale) {
  auto options = options_;
  options.learning_rate = learning_rate;
  options.gradient_scale = scale;
  return ops::adam_step(parameters(), gradients, first_, second_, step, options);
}

NamedTensors Adam::state() const {
  NamedTensors state;
  append(state, "first_moment.", first_);
  append(state, "second_moment.", second_);
  return state;
}

}  // namespace pushforward::nn
