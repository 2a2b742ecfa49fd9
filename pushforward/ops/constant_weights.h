// Weights that stay as they are, as inference has them.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <typeindex>
#include <utility>
#include <vector>

namespace pushforward::ops {

/// What products make of weights before they use them, kept: rounded, laid out or transformed once and not at
/// every call. Nothing may change the weights while it is in use.
class ConstantWeights {
 public:
  /// The Made that make() returned, as a shared pointer, for this tensor and variant the first time. Of each
  /// tensor the last few variants are kept, so that batches of any sizes take bounded memory. For any
  /// threads.
  template <typename Made, typename Make>
  std::shared_ptr<const Made> once(const at::Tensor& weight, const Make& make,
                                   const std::vector<std::int64_t>& variant = {}) {
    const std::lock_guard lock(mutex_);
    auto& kept = kept_[{weight.unsafeGetTensorImpl(), typeid(Made)}];
    kept.weight = weight;
    const auto found = std::ranges::find(kept.variants, variant, &Variant::key);
    if (found != kept.variants.end()) return std::static_pointer_cast<const Made>(found->made);
    if (kept.variants.size() == most_variants) kept.variants.pop_front();
    std::shared_ptr<const Made> made = make();
    kept.variants.push_back({variant, made});
    return made;
  }

 private:
  static constexpr std::size_t most_variants = 8;

  struct Variant {
    std::vector<std::int64_t> key;
    std::shared_ptr<const void> made;
  };
  struct Kept {
    at::Tensor weight;  // another tensor may not take its place
    std::deque<Variant> variants;
  };
  std::mutex mutex_;
  std::map<std::pair<const c10::TensorImpl*, std::type_index>, Kept> kept_;
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

/// Makes no gradients as long as it lives, and keeps what products make of weights: in those of the caller,
/// or else in its own.
class Inference {
 public:
  Inference() : use_(constant_weights() != nullptr ? constant_weights() : &own_) {}

 private:
  at::NoGradGuard no_grad_;
  ConstantWeights own_;
  UseConstantWeights use_;
};

}  // namespace pushforward::ops
