#include "pushforward/ops/direct.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "pushforward/core/error.h"
#include "pushforward/ops/add.h"
#include "pushforward/ops/elementwise.h"
#include "pushforward/ops/onednn.h"
#include "pushforward/ops/parallel.h"
#include "pushforward/ops/precision.h"

namespace pushforward::ops::direct {
namespace {

using dnnl::memory;

/// Keeps oneDNN to this thread inside of a parallel region, where it would plan for all.
class Threads {
 public:
  Threads() : before_(omp_get_max_threads()) { omp_set_num_threads(static_cast<int>(threads_that_share())); }
  ~Threads() { omp_set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

memory::dims weight_dims(const ConvShape& s) {
  return {s.out, s.in, s.rows, s.columns};
}

memory::desc images(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w, memory::data_type type) {
  return {{n, c, h, w}, type, memory::format_tag::nhwc};
}

memory::desc plain_weight(const ConvShape& s) {
  return {weight_dims(s), memory::data_type::f32, memory::format_tag::oihw};
}

/// A product that oneDNN has made, and how its operands lie.
struct Primitive {
  memory::desc x, weight, y;
  dnnl::primitive run;
  bool is_fast = false;  // by instructions for it, not by a reference or a copy of patches
};

/// What oneDNN is told of a product, which may choose how the weight lies.
onednn::Convolution description_of(const ConvShape& s, ConvProduct product) {
  using enum memory::data_type;
  const auto behind = [&](std::int64_t x, std::int64_t y, std::int64_t taps, std::int64_t before) {
    return (y - 1) * s.stride + (taps - 1) * s.dilation + 1 - x - before;
  };
  return {.x = images(s.n, s.in, s.h, s.w, product == ConvProduct::backward_data ? f32 : bf16),
          .weight = {weight_dims(s), product == ConvProduct::backward_weight ? f32 : bf16,
                     memory::format_tag::any},
          .y = images(s.n, s.out, s.y_h, s.y_w, product == ConvProduct::forward ? f32 : bf16),
          .stride = {s.stride, s.stride},
          .dilation = {s.dilation - 1, s.dilation - 1},
          .before = {s.top, s.left},
          .after = {behind(s.h, s.y_h, s.rows, s.top), behind(s.w, s.y_w, s.columns, s.left)}};
}

/// oneDNN leaves out no rows and columns.
bool crops(const onednn::Convolution& c) {
  return std::min({c.before[0], c.before[1], c.after[0], c.after[1]}) < 0;
}

Primitive make(const ConvShape& s, ConvProduct product) {
  const auto wanted = description_of(s, product);
  if (crops(wanted)) return {};
  const auto is_fast = [](const auto& made) {
    const std::string_view name = made.impl_info_str();
    return name.starts_with("jit:") || name.starts_with("brg");
  };
  const auto forward = onednn::forward(description_of(s, ConvProduct::forward));
  if (product == ConvProduct::forward)
    return {wanted.x, forward.weights_desc(), wanted.y, dnnl::convolution_forward(forward), is_fast(forward)};
  if (product == ConvProduct::backward_data) {
    const auto made = onednn::backward<dnnl::convolution_backward_data>(wanted, forward);
    return {wanted.x, made.weights_desc(), wanted.y, dnnl::convolution_backward_data(made), is_fast(made)};
  }
  const auto made = onednn::backward<dnnl::convolution_backward_weights>(wanted, forward);
  return {wanted.x, made.diff_weights_desc(), wanted.y, dnnl::convolution_backward_weights(made),
          is_fast(made)};
}

/// The primitive of this thread for this shape; not fast where oneDNN has none.
const Primitive& primitive(const ConvShape& s, ConvProduct product) {
  constexpr std::size_t most_kept = 512;
  thread_local std::map<std::pair<ConvShape, std::array<std::int64_t, 2>>, Primitive> made;
  const std::pair key{s, std::array{static_cast<std::int64_t>(product), threads_that_share()}};
  if (const auto found = made.find(key); found != made.end()) return found->second;
  if (made.size() == most_kept) made.clear();
  const Threads threads;
  try {
    return made.try_emplace(key, make(s, product)).first->second;
  } catch (const dnnl::error&) {
    return made.try_emplace(key).first->second;
  }
}

void execute(const Primitive& made, const std::unordered_map<int, memory>& operands) try {
  const Threads threads;
  made.run.execute(onednn::stream(), operands);
  onednn::stream().wait();
} catch (const dnnl::error& error) {
  throw fail("[conv] oneDNN refused a convolution in bfloat16: {}", error.what());
}

void reorder(const memory& from, const memory& to) try {
  const Threads threads;
  onednn::reorder(from, to);
} catch (const dnnl::error& error) {
  throw fail("[conv] oneDNN refused to lay out a weight in bfloat16: {}", error.what());
}

}  // namespace

bool fits(const ConvShape& s, ConvProduct product) {
  // Gradients of strided convolutions, whose phases are dense products, oneDNN makes no faster.
  if (!has_native_bfloat16() || s.rows * s.columns == 1 || (s.stride != 1 && product != ConvProduct::forward))
    return false;
  return primitive(s, product).is_fast;
}

template <ConvProduct product>
Weights<product>::Weights(const ConvShape& s, const float* weight) {
  const auto& wanted = primitive(s, product).weight;
  numbers_ = onednn::buffer(wanted.get_size());
  reorder(onednn::wrap(plain_weight(s), weight), onednn::wrap(wanted, numbers_.get()));
}
template class Weights<ConvProduct::forward>;
template class Weights<ConvProduct::backward_data>;

void forward(const ConvShape& s, const c10::BFloat16* x, const Weights<ConvProduct::forward>& weights,
             const float* plus, float* y) {
  const auto& made = primitive(s, ConvProduct::forward);
  execute(made, {{DNNL_ARG_SRC, onednn::wrap(made.x, x)},
                 {DNNL_ARG_WEIGHTS, onednn::wrap(made.weight, weights.numbers())},
                 {DNNL_ARG_DST, onednn::wrap(made.y, y)}});
  if (plus == nullptr) return;
  in_pieces(s.n * s.y_h * s.y_w * s.out,
            [&](std::int64_t begin, std::int64_t size) { add(y + begin, plus + begin, size); });
}

void backward_data(const ConvShape& s, const c10::BFloat16* grad_y,
                   const Weights<ConvProduct::backward_data>& weights, float* grad_x) {
  const auto& made = primitive(s, ConvProduct::backward_data);
  execute(made, {{DNNL_ARG_DIFF_DST, onednn::wrap(made.y, grad_y)},
                 {DNNL_ARG_WEIGHTS, onednn::wrap(made.weight, weights.numbers())},
                 {DNNL_ARG_DIFF_SRC, onednn::wrap(made.x, grad_x)}});
}

void backward_weight(const ConvShape& s, const c10::BFloat16* x, const c10::BFloat16* grad_y,
                     float* grad_weight) {
  const auto& made = primitive(s, ConvProduct::backward_weight);
  const auto laid_out = onednn::buffer(made.weight.get_size());
  execute(made, {{DNNL_ARG_SRC, onednn::wrap(made.x, x)},
                 {DNNL_ARG_DIFF_DST, onednn::wrap(made.y, grad_y)},
                 {DNNL_ARG_DIFF_WEIGHTS, onednn::wrap(made.weight, laid_out.get())}});
  reorder(onednn::wrap(made.weight, laid_out.get()), onednn::wrap(plain_weight(s), grad_weight));
}

}  // namespace pushforward::ops::direct
