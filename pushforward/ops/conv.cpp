#include "pushforward/ops/conv.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/patches.h"
#include "pushforward/ops/winograd.h"

namespace pushforward::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Height and width of x, which the shape of y does not tell.
struct Size {
  std::int64_t h, w;
};

/// The three products of x [n, h, w, in], y and weight [out, in, k, k] of which each operation makes one.
class Kernel {
 public:
  Kernel(std::int64_t n, Size x, std::int64_t in, std::int64_t out, std::int64_t kernel, ConvOptions options)
      : shape_{.n = n,
               .h = x.h,
               .w = x.w,
               .in = in,
               .out = out,
               .kernel = kernel,
               .stride = options.stride,
               .padding = options.padding} {}
  Kernel(std::int64_t n, Size x, const at::Tensor& weight, ConvOptions options)
      : Kernel(n, x, weight.size(1), weight.size(0), weight.size(2), options) {}

  at::Tensor forward(const at::Tensor& x, const at::Tensor& weight) const {
    auto y = images(x, shape_.out, shape_.y_h(), shape_.y_w());
    if (fits_winograd())
      winograd::forward(halved(), x.data_ptr<float>(), weight.data_ptr<float>(), y.data_ptr<float>());
    else
      patches::forward(shape_, x.data_ptr<float>(),
                       weight.permute({2, 3, 1, 0}).contiguous().data_ptr<float>(), y.data_ptr<float>());
    return y;
  }

  at::Tensor backward_data(const at::Tensor& grad_y, const at::Tensor& weight) const {
    auto grad_x = images(grad_y, shape_.in, shape_.h, shape_.w);
    if (fits_winograd())
      winograd::backward_data(halved(), grad_y.data_ptr<float>(), weight.data_ptr<float>(),
                              grad_x.data_ptr<float>());
    else
      patches::backward_data(shape_, grad_y.data_ptr<float>(),
                             weight.permute({0, 2, 3, 1}).contiguous().data_ptr<float>(),
                             grad_x.data_ptr<float>());
    return grad_x;
  }

  at::Tensor backward_weight(const at::Tensor& x, const at::Tensor& grad_y) const {
    const auto k = shape_.kernel;
    if (fits_winograd()) {
      auto grad = at::empty({shape_.out, shape_.in, k, k}, x.options());
      winograd::backward_weight(halved(), x.data_ptr<float>(), grad_y.data_ptr<float>(),
                                grad.data_ptr<float>());
      return grad;
    }
    auto grad = at::empty({k, k, shape_.in, shape_.out}, x.options());
    patches::backward_weight(shape_, x.data_ptr<float>(), grad_y.data_ptr<float>(), grad.data_ptr<float>());
    return grad.permute({3, 2, 0, 1}).contiguous();
  }

 private:
  /// Two outputs a side at least, and enough channels to fill vectors and products.
  bool fits_winograd() const {
    return shape_.kernel == 4 && shape_.stride == 2 && shape_.padding == 1 && shape_.h % 2 == 0 &&
           shape_.w % 2 == 0 && std::min(shape_.h, shape_.w) >= 4 && std::min(shape_.in, shape_.out) >= 8;
  }
  winograd::Shape halved() const {
    return {.n = shape_.n, .h = shape_.h / 2, .w = shape_.w / 2, .in = shape_.in, .out = shape_.out};
  }
  at::Tensor images(const at::Tensor& like, std::int64_t c, std::int64_t h, std::int64_t w) const {
    return at::empty({shape_.n, c, h, w}, like.options().requires_grad(false),
                     at::MemoryFormat::ChannelsLast);
  }

  patches::Shape shape_;
};

at::Tensor transpose_to(const at::Tensor& grad_y, const at::Tensor& weight, ConvOptions options, Size size);
at::Tensor weight_gradient(const at::Tensor& x, const at::Tensor& grad_y, std::int64_t kernel,
                           ConvOptions options);

void save(AutogradContext* ctx, const at::Tensor& a, const at::Tensor& b, ConvOptions options) {
  ctx->save_for_backward({a, b});
  ctx->saved_data["stride"] = options.stride;
  ctx->saved_data["padding"] = options.padding;
}

ConvOptions options_of(AutogradContext* ctx) {
  return {.stride = ctx->saved_data["stride"].toInt(), .padding = ctx->saved_data["padding"].toInt()};
}

Size size_of(const at::Tensor& x) {
  return {.h = x.size(2), .w = x.size(3)};
}

/// y = x ∗ weight.
struct Conv : torch::autograd::Function<Conv> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                            std::int64_t stride, std::int64_t padding) {
    const ConvOptions options{.stride = stride, .padding = padding};
    save(ctx, x, weight, options);
    return Kernel(x.size(0), size_of(x), weight, options).forward(channels_last(x), weight.contiguous());
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1], &grad_y = grads[0];
    const auto options = options_of(ctx);
    return {ctx->needs_input_grad(0) ? transpose_to(grad_y, weight, options, size_of(x)) : at::Tensor(),
            ctx->needs_input_grad(1) ? weight_gradient(x, grad_y, weight.size(2), options) : at::Tensor(),
            {},
            {}};
  }
};

/// The transpose in x: linear in grad_y and in the weight.
struct Transpose : torch::autograd::Function<Transpose> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& grad_y, const at::Tensor& weight,
                            std::int64_t stride, std::int64_t padding, std::int64_t h, std::int64_t w) {
    const ConvOptions options{.stride = stride, .padding = padding};
    save(ctx, grad_y, weight, options);
    return Kernel(grad_y.size(0), {h, w}, weight, options)
        .backward_data(channels_last(grad_y), weight.contiguous());
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &grad_y = saved[0], &weight = saved[1], &x = grads[0];
    const auto options = options_of(ctx);
    return {ctx->needs_input_grad(0) ? conv(x, weight, options) : at::Tensor(),
            ctx->needs_input_grad(1) ? weight_gradient(x, grad_y, weight.size(2), options) : at::Tensor(),
            {},
            {},
            {},
            {}};
  }
};

/// The gradient of the weight: linear in x and in grad_y.
struct WeightGradient : torch::autograd::Function<WeightGradient> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& grad_y,
                            std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
    const ConvOptions options{.stride = stride, .padding = padding};
    save(ctx, x, grad_y, options);
    return Kernel(x.size(0), size_of(x), x.size(1), grad_y.size(1), kernel, options)
        .backward_weight(channels_last(x), channels_last(grad_y));
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &grad_y = saved[1], &weight = grads[0];
    const auto options = options_of(ctx);
    return {ctx->needs_input_grad(0) ? transpose_to(grad_y, weight, options, size_of(x)) : at::Tensor(),
            ctx->needs_input_grad(1) ? conv(x, weight, options) : at::Tensor(),
            {},
            {},
            {}};
  }
};

at::Tensor transpose_to(const at::Tensor& grad_y, const at::Tensor& weight, ConvOptions options, Size size) {
  return Transpose::apply(grad_y, weight, options.stride, options.padding, size.h, size.w);
}

at::Tensor weight_gradient(const at::Tensor& x, const at::Tensor& grad_y, std::int64_t kernel,
                           ConvOptions options) {
  return WeightGradient::apply(x, grad_y, kernel, options.stride, options.padding);
}

void check(const char* name, const at::Tensor& x, const at::Tensor& weight, std::int64_t channels,
           ConvOptions options) {
  PF_CHECK(weight.dim() == 4 && weight.size(2) == weight.size(3),
           "[{}] expected a weight [O, C, k, k], got {}", name, weight.sizes());
  PF_CHECK(x.dim() == 4 && x.size(1) == channels, "[{}] expected x [N, {}, H, W], got {}", name, channels,
           x.sizes());
  PF_CHECK(options.stride >= 1 && options.padding >= 0,
           "[{}] expected a stride of at least 1 and a padding of at least 0, got {} and {}", name,
           options.stride, options.padding);
}

}  // namespace

at::Tensor reference::conv(const at::Tensor& x, const at::Tensor& weight, ConvOptions options) {
  return at::conv2d(x, weight, {}, options.stride, options.padding);
}

at::Tensor reference::conv_transpose(const at::Tensor& x, const at::Tensor& weight, ConvOptions options) {
  return at::conv_transpose2d(x, weight, {}, options.stride, options.padding);
}

at::Tensor conv(const at::Tensor& x, const at::Tensor& weight, ConvOptions options) {
  check("conv", x, weight, weight.size(1), options);
  const auto smallest = weight.size(2) - 2 * options.padding;
  PF_CHECK(x.size(2) >= smallest && x.size(3) >= smallest,
           "[conv] expected images of at least {0}×{0}, got {1}", smallest, x.sizes());
  if (!runs_here(x) || !runs_here(weight)) return reference::conv(x, weight, options);
  return Conv::apply(x, weight, options.stride, options.padding);
}

at::Tensor conv_transpose(const at::Tensor& x, const at::Tensor& weight, ConvOptions options) {
  check("conv_transpose", x, weight, weight.size(0), options);
  if (!runs_here(x) || !runs_here(weight)) return reference::conv_transpose(x, weight, options);
  const auto grow = [&](std::int64_t size) {
    return (size - 1) * options.stride - 2 * options.padding + weight.size(2);
  };
  PF_CHECK(grow(x.size(2)) >= 1 && grow(x.size(3)) >= 1,
           "[conv_transpose] nothing is left of {} with padding {}", x.sizes(), options.padding);
  return transpose_to(x, weight, options, {grow(x.size(2)), grow(x.size(3))});
}

}  // namespace pushforward::ops
