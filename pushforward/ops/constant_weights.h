// Weights that stay as they are, as inference has them.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <typeindex>
#include <vector>

namespace pushforward::ops {

/// What products make of weights before they use them, kept: rounded, laid out or transformed once and not at
/// every call. Nothing may change the weights while it is in use.
class ConstantWeights {
 public:
  /// The Made that make() returned, as a shared pointer, for this tensor and variant the first time. For any
  /// threads.
  template <typename Made, typename Make>
  std::shared_ptr<const Made> once(const at::Tensor& weight, const Make& make,
                                   const std::vector<std::int64_t>& variant = {}) {
    const std::lock_guard lock(mutex_);
    auto& kept = kept_[{weight.unsafeGetTensorImpl(), typeid(Made), variant}];
    if (!kept.made) kept = {weight, make()};
    return std::static_pointer_cast<const Made>(kept.made);
  }

 private:
  struct Kept {
    at::Tensor weight;  // another tensor may not take its place
    std::shared_ptr<const void> made;
  };
  std::mutex mutex_;
  std::map<std::tuple<const c10::TensorImpl*, std::type_index, std::vector<std::int64_t>>, Kept> kept_;
};

/// Those of this thread, or null.
ConstantWeights* constant_weights();
/// Those for this weight: null as well where it is no parameter, but made just now, or gradients are
/// recorded.
ConstantWeights* constant_weights(const at::Tensor& weight);

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
