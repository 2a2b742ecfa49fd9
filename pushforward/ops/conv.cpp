#include "pushforward/ops/conv.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/ops/constant_weights.h"
#include "pushforward/ops/direct.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/parallel.h"
#include "pushforward/ops/patches.h"
#include "pushforward/ops/precision.h"
#include "pushforward/ops/winograd.h"

namespace pushforward::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Size {
  std::int64_t h, w;
};

Size size_of(const at::Tensor& x) {
  return {.h = x.size(2), .w = x.size(3)};
}

/// How far the taps of a kernel reach.
Size reach_of(Size kernel, const ConvOptions& options) {
  return {.h = (kernel.h - 1) * options.dilation + 1, .w = (kernel.w - 1) * options.dilation + 1};
}

Size size_of_output(Size x, Size kernel, const ConvOptions& options) {
  const auto reach = reach_of(kernel, options);
  const auto& p = options.padding;
  return {.h = (x.h + p.top + p.bottom - reach.h) / options.stride + 1,
          .w = (x.w + p.left + p.right - reach.w) / options.stride + 1};
}

/// Images as this thread's products take them: channels last and, in bfloat16, rounded.
at::Tensor operand(const at::Tensor& x) {
  const auto images = channels_last(x);
  if (precision() == Precision::float32) return images;
  const auto rounded = at::empty(images.sizes(), images.options().dtype(at::kBFloat16).requires_grad(false),
                                 at::MemoryFormat::ChannelsLast);
  round_all_to_bfloat16(images.data_ptr<float>(), images.numel(), rounded.data_ptr<c10::BFloat16>());
  return rounded;
}

/// The three products of x [n, h, w, in], y and weight [out, in, k, k] of which each operation makes one.
class Kernel {
 public:
  Kernel(std::int64_t n, Size x, std::int64_t in, std::int64_t out, Size kernel, const ConvOptions& options)
      : shape_{.n = n,
               .h = x.h,
               .w = x.w,
               .in = in,
               .out = out,
               .rows = kernel.h,
               .columns = kernel.w,
               .stride = options.stride,
               .dilation = options.dilation,
               .top = options.padding.top,
               .left = options.padding.left} {
    const auto y = size_of_output(x, kernel, options);
    shape_.y_h = y.h;
    shape_.y_w = y.w;
  }
  Kernel(std::int64_t n, Size x, const at::Tensor& weight, const ConvOptions& options)
      : Kernel(n, x, weight.size(1), weight.size(0), size_of(weight), options) {}

  /// x and grad_y as `operand` makes them; `plus` is laid out as y, or undefined. What is made of the weight
  /// is kept in `kept`, which may be null.
  at::Tensor y_of(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& plus,
                  ConstantWeights* kept = nullptr) const {
    auto y = images(x, shape_.out, shape_.y_h, shape_.y_w);
    const auto* more = plus.defined() ? plus.data_ptr<float>() : nullptr;
    with_weights<ConvProduct::forward>(weight, kept, [&]<typename Weights>(const Weights& weights) {
      forward(shape_, x.data_ptr<typename Weights::Number>(), weights, more, y.data_ptr<float>());
    });
    return y;
  }

  at::Tensor grad_x_of(const at::Tensor& grad_y, const at::Tensor& weight,
                       ConstantWeights* kept = nullptr) const {
    auto grad_x = images(grad_y, shape_.in, shape_.h, shape_.w);
    with_weights<ConvProduct::backward_data>(weight, kept, [&]<typename Weights>(const Weights& weights) {
      backward_data(shape_, grad_y.data_ptr<typename Weights::Number>(), weights, grad_x.data_ptr<float>());
    });
    return grad_x;
  }

  at::Tensor grad_weight_of(const at::Tensor& x, const at::Tensor& grad_y) const {
    auto grad =
        at::empty({shape_.out, shape_.in, shape_.rows, shape_.columns}, x.options().dtype(at::kFloat));
    const auto with =
        [&]<typename Number>(void (*way)(const ConvShape&, const Number*, const Number*, float*)) {
          way(shape_, x.data_ptr<Number>(), grad_y.data_ptr<Number>(), grad.data_ptr<float>());
        };
    if (rounds() && direct::fits(shape_, ConvProduct::backward_weight))
      with(direct::backward_weight);
    else if (rounds())
      with(patches::backward_weight<c10::BFloat16>);
    else
      with(winograd::fits(shape_) ? winograd::backward_weight : patches::backward_weight<float>);
    return grad;
  }

 private:
  static bool rounds() { return precision() == Precision::bfloat16; }

  /// Calls work with the weight as the way of this shape in this thread's precision takes it, which chooses
  /// the way.
  template <ConvProduct product, typename Work>
  void with_weights(const at::Tensor& weight, ConstantWeights* kept, const Work& work) const {
    const auto with = [&]<typename Weights>(std::type_identity<Weights>) {
      if (kept == nullptr) return work(Weights(shape_, weight.data_ptr<float>()));
      const auto make = [&] { return std::make_shared<const Weights>(shape_, weight.data_ptr<float>()); };
      work(*kept->once<Weights>(weight, make, variant()));
    };
    if (rounds() && direct::fits(shape_, product))
      return with(std::type_identity<direct::Weights<product>>());
    if (rounds()) return with(std::type_identity<patches::Weights<c10::BFloat16, product>>());
    if (winograd::fits(shape_)) return with(std::type_identity<winograd::Weights<product>>());
    with(std::type_identity<patches::Weights<float, product>>());
  }

  /// What a laid out weight depends on beside the weight: oneDNN may choose by the number of threads, too.
  std::vector<std::int64_t> variant() const {
    const auto& s = shape_;
    return {s.n, s.h, s.w, s.stride, s.dilation, s.top, s.left, s.y_h, s.y_w, threads_that_share()};
  }

  at::Tensor images(const at::Tensor& like, std::int64_t c, std::int64_t h, std::int64_t w) const {
    return at::empty({shape_.n, c, h, w}, like.options().dtype(at::kFloat).requires_grad(false),
                     at::MemoryFormat::ChannelsLast);
  }

  ConvShape shape_;
};

at::Tensor transpose_to(const at::Tensor& grad_y, const at::Tensor& weight, const ConvOptions& options,
                        Size size);
at::Tensor weight_gradient(const at::Tensor& x, const at::Tensor& grad_y, Size kernel,
                           const ConvOptions& options);

/// Saves what a gradient needs: also what products made of the images, where that is another tensor. It is
/// made in the precision of what it is the gradient of.
void save(AutogradContext* ctx, const at::Tensor& a, const at::Tensor& b, const at::Tensor& operand_of_a,
          const ConvOptions& options) {
  const bool is_needed = b.requires_grad() && !operand_of_a.is_same(a);  // for the gradient of b
  ctx->save_for_backward({a, b, is_needed ? operand_of_a : at::Tensor()});
  const auto& [top, left, bottom, right] = options.padding;
  ctx->saved_data["options"] =
      std::vector<std::int64_t>{options.stride, top, left, bottom, right, options.dilation};
  ctx->saved_data["rounds"] = precision() == Precision::bfloat16;
}

UsePrecision use_saved(AutogradContext* ctx) {
  return UsePrecision(ctx->saved_data["rounds"].toBool() ? Precision::bfloat16 : Precision::float32);
}

ConvOptions options_of(AutogradContext* ctx) {
  const auto numbers = ctx->saved_data["options"].toIntVector();
  return {.stride = numbers[0],
          .padding = {numbers[1], numbers[2], numbers[3], numbers[4]},
          .dilation = numbers[5]};
}

// The products of operands.

at::Tensor forward_of(const at::Tensor& x, const at::Tensor& weight, const ConvOptions& options,
                      const at::Tensor& plus, ConstantWeights* kept = nullptr) {
  return Kernel(x.size(0), size_of(x), weight, options)
      .y_of(x, weight.contiguous(), plus.defined() ? channels_last(plus) : plus, kept);
}

at::Tensor transpose_of(const at::Tensor& grad_y, const at::Tensor& weight, const ConvOptions& options,
                        Size size, ConstantWeights* kept = nullptr) {
  return Kernel(grad_y.size(0), size, weight, options).grad_x_of(grad_y, weight.contiguous(), kept);
}

at::Tensor weight_gradient_of(const at::Tensor& x, const at::Tensor& grad_y, Size kernel,
                              const ConvOptions& options) {
  return Kernel(x.size(0), size_of(x), x.size(1), grad_y.size(1), kernel, options).grad_weight_of(x, grad_y);
}

/// y = x ∗ weight + plus, a list of none or one.
struct Conv : torch::autograd::Function<Conv> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                            const ConvOptions& options, const at::TensorList& plus) {
    const auto images = operand(x);
    save(ctx, x, weight, images, options);
    ctx->saved_data["adds"] = !plus.empty();
    return forward_of(images, weight, options, plus.empty() ? at::Tensor() : plus.front());
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1], &grad_y = grads[0];
    const auto options = options_of(ctx);
    const auto same_precision = use_saved(ctx);
    const bool needs_x = ctx->needs_input_grad(0), needs_weight = ctx->needs_input_grad(1);
    at::Tensor to_x, to_weight;
    if (at::GradMode::is_enabled()) {  // A second derivative will be asked for.
      if (needs_x) to_x = transpose_to(grad_y, weight, options, size_of(x));
      if (needs_weight) to_weight = weight_gradient(x, grad_y, size_of(weight), options);
    } else {
      const auto images = saved[2].defined() ? saved[2] : x, signal = operand(grad_y);
      if (needs_x) to_x = transpose_of(signal, weight, options, size_of(x));
      if (needs_weight) to_weight = weight_gradient_of(images, signal, size_of(weight), options);
    }
    return {to_x, to_weight, {}, ctx->saved_data["adds"].toBool() ? grad_y : at::Tensor()};
  }
};

/// The transpose in x: linear in grad_y and in the weight.
struct Transpose : torch::autograd::Function<Transpose> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& grad_y, const at::Tensor& weight,
                            const ConvOptions& options, Size size) {
    const auto images = operand(grad_y);
    save(ctx, grad_y, weight, images, options);
    return transpose_of(images, weight, options, size);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &grad_y = saved[0], &weight = saved[1], &x = grads[0];
    const auto options = options_of(ctx);
    const auto same_precision = use_saved(ctx);
    const bool needs_images = ctx->needs_input_grad(0), needs_weight = ctx->needs_input_grad(1);
    at::Tensor to_images, to_weight;
    if (at::GradMode::is_enabled()) {  // A second derivative will be asked for.
      if (needs_images) to_images = conv(x, weight, options);
      if (needs_weight) to_weight = weight_gradient(x, grad_y, size_of(weight), options);
    } else {
      const auto images = saved[2].defined() ? saved[2] : grad_y, signal = operand(x);
      if (needs_images) to_images = forward_of(signal, weight, options, {});
      if (needs_weight) to_weight = weight_gradient_of(signal, images, size_of(weight), options);
    }
    return {to_images, to_weight, {}, {}};
  }
};

/// The gradient of the weight: linear in x and in grad_y.
struct WeightGradient : torch::autograd::Function<WeightGradient> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& grad_y, Size kernel,
                            const ConvOptions& options) {
    save(ctx, x, grad_y, {}, options);
    return weight_gradient_of(operand(x), operand(grad_y), kernel, options);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &grad_y = saved[1], &weight = grads[0];
    const auto options = options_of(ctx);
    const auto same_precision = use_saved(ctx);
    return {ctx->needs_input_grad(0) ? transpose_to(grad_y, weight, options, size_of(x)) : at::Tensor(),
            ctx->needs_input_grad(1) ? conv(x, weight, options) : at::Tensor(),
            {},
            {}};
  }
};

at::Tensor transpose_to(const at::Tensor& grad_y, const at::Tensor& weight, const ConvOptions& options,
                        Size size) {
  return Transpose::apply(grad_y, weight, options, size);
}

at::Tensor weight_gradient(const at::Tensor& x, const at::Tensor& grad_y, Size kernel,
                           const ConvOptions& options) {
  return WeightGradient::apply(x, grad_y, kernel, options);
}

/// Whether ATen's convolutions have such a padding.
bool is_even(const Padding& padding) {
  return padding == Padding(padding.top) && padding.top >= 0;
}

void check(const char* name, const at::Tensor& x, const at::Tensor& weight, std::int64_t channels,
           const ConvOptions& options) {
  PF_CHECK(weight.dim() == 4, "[{}] expected a weight [O, C, k, l], got {}", name, weight.sizes());
  PF_CHECK(x.dim() == 4 && x.size(1) == channels, "[{}] expected x [N, {}, H, W], got {}", name, channels,
           x.sizes());
  PF_CHECK(options.stride >= 1 && options.dilation >= 1,
           "[{}] expected a stride and a dilation of at least 1, got {} and {}", name, options.stride,
           options.dilation);
}

/// Whether x has many more channels than y, whose size is that of x: the transposed convolution with the
/// kernel turned around then gathers patches of y in the place of x's.
bool narrows(const at::Tensor& weight, const ConvOptions& options) {
  const auto reach = (weight.size(2) - 1) * options.dilation;
  return options.stride == 1 && weight.size(2) == weight.size(3) && reach > 0 && reach % 2 == 0 &&
         options.padding == Padding(reach / 2) && 4 * weight.size(0) <= weight.size(1);
}

}  // namespace

at::Tensor reference::conv(const at::Tensor& x, const at::Tensor& weight, const ConvOptions& options) {
  const auto& [top, left, bottom, right] = options.padding;
  if (is_even(options.padding)) return at::conv2d(x, weight, {}, options.stride, top, options.dilation);
  const auto padded = at::constant_pad_nd(x, {left, right, top, bottom});
  return at::conv2d(padded, weight, {}, options.stride, at::IntArrayRef{0}, options.dilation);
}

at::Tensor reference::conv_transpose(const at::Tensor& x, const at::Tensor& weight,
                                     const ConvOptions& options) {
  const auto& [top, left, bottom, right] = options.padding;
  if (is_even(options.padding))
    return at::conv_transpose2d(x, weight, {}, options.stride, top, 0, 1, options.dilation);
  const auto y = at::conv_transpose2d(x, weight, {}, options.stride, 0, 0, 1, options.dilation);
  return at::constant_pad_nd(y, {-left, -right, -top, -bottom});
}

at::Tensor conv(const at::Tensor& x, const at::Tensor& weight, const ConvOptions& options,
                const at::Tensor& plus) {
  check("conv", x, weight, weight.size(1), options);
  const auto reach = reach_of(size_of(weight), options);
  const auto height = reach.h - options.padding.top - options.padding.bottom,
             width = reach.w - options.padding.left - options.padding.right;
  PF_CHECK(x.size(2) >= height && x.size(3) >= width, "[conv] expected images of at least {}×{}, got {}",
           height, width, x.sizes());
  const auto y = size_of_output(size_of(x), size_of(weight), options);
  PF_CHECK(!plus.defined() || plus.sizes() == at::IntArrayRef({x.size(0), weight.size(0), y.h, y.w}),
           "[conv] expected [{}, {}, {}, {}] to add to, got {}", x.size(0), weight.size(0), y.h, y.w,
           plus.sizes());
  const auto with_plus = [&](const at::Tensor& made) { return plus.defined() ? made + plus : made; };
  if (!runs_here(x) || !runs_here(weight) || (plus.defined() && !runs_here(plus)))
    return with_plus(reference::conv(x, weight, options));
  if (narrows(weight, options))
    return with_plus(conv_transpose(x, weight.flip({2, 3}).transpose(0, 1), options));
  if (!at::GradMode::is_enabled())
    return forward_of(operand(x), weight, options, plus, constant_weights(weight));
  const auto added = none_or_one(plus);
  return Conv::apply(x, weight, options, at::TensorList(added));
}

at::Tensor conv_transpose(const at::Tensor& x, const at::Tensor& weight, const ConvOptions& options) {
  check("conv_transpose", x, weight, weight.size(0), options);
  if (!runs_here(x) || !runs_here(weight)) return reference::conv_transpose(x, weight, options);
  const auto reach = reach_of(size_of(weight), options);
  const auto& p = options.padding;
  const Size size{.h = (x.size(2) - 1) * options.stride + reach.h - p.top - p.bottom,
                  .w = (x.size(3) - 1) * options.stride + reach.w - p.left - p.right};
  PF_CHECK(size.h >= 1 && size.w >= 1, "[conv_transpose] nothing is left of {} with padding {}, {}, {}, {}",
           x.sizes(), p.top, p.left, p.bottom, p.right);
  if (!at::GradMode::is_enabled())
    return transpose_of(operand(x), weight, options, size, constant_weights(weight));
  return transpose_to(x, weight, options, size);
}

}  // namespace pushforward::ops
