// Other processes that train the same model, made up.
#pragma once

#include <limits>

#include "pushforward/nn/gradient_reducer.h"

namespace pushforward::nn {

/// Beside one whose gradient is minus three times ours: the mean of both is the opposite of ours.
class Opposed : public GradientReducer {
 public:
  void reduce(std::vector<at::Tensor>& gradients) override {
    for (auto& g : gradients) g = -g;
  }
};

/// Beside one whose gradient is NaN.
class Poisoned : public GradientReducer {
 public:
  void reduce(std::vector<at::Tensor>& gradients) override {
    for (auto& g : gradients) g = g + std::numeric_limits<double>::quiet_NaN();
  }
};

/// Beside one whose loss is not finite.
class Failing : public GradientReducer {
 public:
  bool everywhere(bool) override { return false; }
};

/// Remembers how often it was called, and with what.
class Counting : public GradientReducer {
 public:
  void reduce(std::vector<at::Tensor>& gradients) override { seen.push_back(gradients); }
  std::vector<std::vector<at::Tensor>> seen;
};

}  // namespace pushforward::nn
