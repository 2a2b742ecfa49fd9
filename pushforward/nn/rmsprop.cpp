#include "pushforward/nn/rmsprop.h"

namespace pushforward::nn {

RmsProp::RmsProp(const Module& module, ops::RmsPropOptions options)
    : Optimiser(module), options_(options), second_(zeros()) {}

double RmsProp::apply(const std::vector<at::Tensor>& gradients, std::int64_t, double learning_rate,
                      double scale) {
  auto options = options_;
  options.learning_rate = learning_rate;
  options.gradient_scale = scale;
  return ops::rmsprop_step(parameters(), gradients, second_, options);
}

NamedTensors RmsProp::state() const {
  NamedTensors state;
  append(state, "second_moment.", second_);
  return state;
}

}  // namespace pushforward::nn
