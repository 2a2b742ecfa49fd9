// Weights that stay as they are, as inference has them.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <mutex>
#include <unordered_map>

namespace pushforward::ops {

/// What products make of weights before they use them, kept: rounded to bfloat16, once and not at every call.
/// Nothing may change the weights while it is in use.
class ConstantWeights {
 public:
  /// What `make` returned for this tensor the first time. For any threads.
  at::Tensor once(const at::Tensor& weight, const std::function<at::Tensor()>& make);

 private:
  struct Kept {
    at::Tensor weight, made;  // the weight too: another tensor may not take its place
  };
  std::mutex mutex_;
  std::unordered_map<const c10::TensorImpl*, Kept> kept_;
};

/// Those of this thread, or null.
ConstantWeights* constant_weights();

/// Makes them this thread's as long as it lives; null: none.
class UseConstantWeights {
 public:
  explicit UseConstantWeights(ConstantWeights* wanted);
  ~UseConstantWeights();
  UseConstantWeights(const UseConstantWeights&) = delete;
  UseConstantWeights& operator=(const UseConstantWeights&) = delete;

 private:
  ConstantWeights* before_;
};

}  // namespace pushforward::ops
