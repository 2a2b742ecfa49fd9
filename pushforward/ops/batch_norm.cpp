#include "pushforward/ops/batch_norm.h"

#include <ATen/Parallel.h>
#include <fmt/ranges.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Pixels whose sums are kept in float32 before they go to float64.
constexpr std::int64_t block = 64;

/// a[c] += Σ (x − shift), b[c] += Σ (x − shift)² over some pixels of `c` channels.
PF_SIMD_CLONES void add_moments(const float* x, const float* shift, std::int64_t pixels, std::int64_t c,
                                float* a, float* b) {
  for (std::int64_t p = 0; p < pixels; ++p) {
    const float* row = x + p * c;
#pragma omp simd
    for (std::int64_t i = 0; i < c; ++i) {
      const float d = row[i] - shift[i];
      a[i] += d;
      b[i] += d * d;
    }
  }
}

/// y = activation((x − mean)·scale + beta).
PF_SIMD_CLONES void normalise(const float* x, const float* mean, const float* scale, const float* beta,
                              float slope, std::int64_t pixels, std::int64_t c, float* y) {
  for (std::int64_t p = 0; p < pixels; ++p) {
    const float* row = x + p * c;
    float* to = y + p * c;
#pragma omp simd
    for (std::int64_t i = 0; i < c; ++i) {
      const float v = (row[i] - mean[i]) * scale[i] + beta[i];
      to[i] = v > 0.0F ? v : slope * v;
    }
  }
}

/// With g the gradient before the activation: a[c] += Σ g, b[c] += Σ g·(x − mean).
PF_SIMD_CLONES void add_gradient_moments(const float* grad, const float* x, const float* mean,
                                         const float* scale, const float* beta, float slope,
                                         std::int64_t pixels, std::int64_t c, float* a, float* b) {
  for (std::int64_t p = 0; p < pixels; ++p) {
    const float *row = x + p * c, *from = grad + p * c;
#pragma omp simd
    for (std::int64_t i = 0; i < c; ++i) {
      const float d = row[i] - mean[i];
      const float g = d * scale[i] + beta[i] > 0.0F ? from[i] : slope * from[i];
      a[i] += g;
      b[i] += g * d;
    }
  }
}

/// dx = scale·g − from_mean − from_variance·(x − mean).
PF_SIMD_CLONES void input_gradient(const float* grad, const float* x, const float* mean, const float* scale,
                                   const float* beta, const float* from_mean, const float* from_variance,
                                   float slope, std::int64_t pixels, std::int64_t c, float* dx) {
  for (std::int64_t p = 0; p < pixels; ++p) {
    const float *row = x + p * c, *from = grad + p * c;
    float* to = dx + p * c;
#pragma omp simd
    for (std::int64_t i = 0; i < c; ++i) {
      const float d = row[i] - mean[i];
      const float g = d * scale[i] + beta[i] > 0.0F ? from[i] : slope * from[i];
      to[i] = scale[i] * g - from_mean[i] - from_variance[i] * d;
    }
  }
}

/// [pixels, channels] as it lies in memory, and the threads' shares of the pixels.
struct Pixels {
  explicit Pixels(const at::Tensor& x) : count(x.numel() / x.size(1)), channels(x.size(1)) {}

  template <typename Body>
  void share(const Body& body) const {
    at::parallel_for(0, count, std::max<std::int64_t>(1, (1 << 15) / channels), body);
  }

  /// Two sums per channel, `add(begin, pixels, a, b)` making those of a block: [2, C] float64, the same for
  /// the same number of threads.
  template <typename Add>
  std::vector<double> sums(const Add& add) const {
    const auto c = static_cast<std::size_t>(channels);
    const std::int64_t shares = at::get_num_threads(), share = (count + shares - 1) / shares;
    std::vector<double> partial(static_cast<std::size_t>(shares) * 2 * c);
    at::parallel_for(0, shares, 1, [&](std::int64_t first, std::int64_t last) {
      std::vector<float> part(2 * c);
      for (auto k = first; k < last; ++k) {
        double* total = partial.data() + static_cast<std::size_t>(k) * 2 * c;
        const auto end = std::min(count, (k + 1) * share);
        for (auto begin = k * share; begin < end; begin += block) {
          std::fill(part.begin(), part.end(), 0.0F);
          add(begin, std::min(block, end - begin), part.data(), part.data() + c);
          for (std::size_t i = 0; i < 2 * c; ++i) total[i] += static_cast<double>(part[i]);
        }
      }
    });
    for (std::size_t i = 2 * c; i < partial.size(); ++i) partial[i % (2 * c)] += partial[i];
    partial.resize(2 * c);
    return partial;
  }

  std::int64_t count, channels;
};

std::vector<float> zeros(std::int64_t size) {
  return std::vector<float>(static_cast<std::size_t>(size));
}

/// Kept out of autograd's sight, which takes only defined tensors.
struct Running {
  at::Tensor mean, var;
};

struct BatchNorm : torch::autograd::Function<BatchNorm> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& input, const at::Tensor& gamma,
                            const at::Tensor& beta, const Running& running, const BatchNormOptions& options) {
    const auto x = channels_last(input);
    const Pixels pixels(x);
    const auto c = pixels.channels;
    const auto* data = x.data_ptr<float>();
    auto mean = at::empty({c}, gamma.options().requires_grad(false)), inverse = at::empty_like(mean);
    auto *m = mean.data_ptr<float>(), *inv = inverse.data_ptr<float>();
    if (options.training) {
      const auto sums = pixels.sums([&](std::int64_t begin, std::int64_t count, float* a, float* b) {
        add_moments(data + begin * c, data, count, c, a, b);
      });
      const auto n = static_cast<double>(pixels.count);
      for (std::int64_t i = 0; i < c; ++i) {
        const auto k = static_cast<std::size_t>(i);
        const double shifted = sums[k] / n;
        const double value = static_cast<double>(data[i]) + shifted;
        const double variance = std::max(sums[k + static_cast<std::size_t>(c)] / n - shifted * shifted, 0.0);
        m[i] = static_cast<float>(value);
        inv[i] = static_cast<float>(1.0 / std::sqrt(variance + options.epsilon));
        if (!running.mean.defined()) continue;
        const auto move = [&](const at::Tensor& statistic, double to) {
          float& at = statistic.data_ptr<float>()[i];
          at = static_cast<float>((1 - options.momentum) * static_cast<double>(at) + options.momentum * to);
        };
        move(running.mean, value);
        move(running.var, variance * n / (n - 1));
      }
    } else {
      mean.copy_(running.mean);
      inverse.copy_((running.var + options.epsilon).rsqrt());
    }

    const auto scale = product(gamma, inverse);
    const auto* b = beta.data_ptr<float>();
    auto y = at::empty_like(x, at::MemoryFormat::ChannelsLast);
    auto* to = y.data_ptr<float>();
    const auto slope = static_cast<float>(options.negative_slope);
    pixels.share([&](std::int64_t begin, std::int64_t end) {
      normalise(data + begin * c, m, scale.data(), b, slope, end - begin, c, to + begin * c);
    });
    ctx->save_for_backward({input, gamma, beta, mean, inverse});
    ctx->saved_data["training"] = options.training;
    ctx->saved_data["epsilon"] = options.epsilon;
    ctx->saved_data["slope"] = options.negative_slope;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &gamma = saved[1], &beta = saved[2], &mean = saved[3], &inverse = saved[4];
    BatchNormOptions options{.training = ctx->saved_data["training"].toBool(),
                             .epsilon = ctx->saved_data["epsilon"].toDouble(),
                             .negative_slope = ctx->saved_data["slope"].toDouble()};
    auto result = at::GradMode::is_enabled()
                      ? differentiable(x, gamma, beta, mean, inverse, grads[0], options)
                      : fast(x, gamma, beta, mean, inverse, grads[0], options);
    result.resize(5);
    return result;
  }

 private:
  static std::vector<float> product(const at::Tensor& a, const at::Tensor& b) {
    std::vector<float> result(static_cast<std::size_t>(a.numel()));
    std::transform(a.data_ptr<float>(), a.data_ptr<float>() + a.numel(), b.data_ptr<float>(), result.begin(),
                   std::multiplies<>());
    return result;
  }

  /// The reference's gradients, with a graph, for derivatives of higher order.
  static variable_list differentiable(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta,
                                      const at::Tensor& mean, const at::Tensor& inverse,
                                      const at::Tensor& grad, const BatchNormOptions& options) {
    const auto variance = inverse.pow(-2) - options.epsilon;
    const auto y = options.training ? reference::batch_norm(x, gamma, beta, {}, {}, options)
                                    : reference::batch_norm(x, gamma, beta, mean, variance, options);
    return torch::autograd::grad({y}, {x, gamma, beta}, {grad}, true, true, true);
  }

  static variable_list fast(const at::Tensor& input, const at::Tensor& gamma, const at::Tensor& beta,
                            const at::Tensor& mean, const at::Tensor& inverse, const at::Tensor& grad_y,
                            const BatchNormOptions& options) {
    const auto x = channels_last(input), grad = channels_last(grad_y);
    const Pixels pixels(x);
    const auto c = pixels.channels;
    const auto *data = x.data_ptr<float>(), *g = grad.data_ptr<float>(), *m = mean.data_ptr<float>(),
               *inv = inverse.data_ptr<float>();
    const auto slope = static_cast<float>(options.negative_slope);
    const auto scale = product(gamma, inverse);
    const auto* shift = beta.data_ptr<float>();
    const auto sums = pixels.sums([&](std::int64_t begin, std::int64_t count, float* a, float* b) {
      add_gradient_moments(g + begin * c, data + begin * c, m, scale.data(), shift, slope, count, c, a, b);
    });

    auto grad_gamma = at::empty_like(mean), grad_beta = at::empty_like(mean);
    auto from_mean = zeros(c), from_variance = zeros(c);
    const auto n = static_cast<double>(pixels.count);
    for (std::int64_t i = 0; i < c; ++i) {
      const auto k = static_cast<std::size_t>(i);
      const double sum = sums[k], moment = sums[k + static_cast<std::size_t>(c)];
      const auto inv_i = static_cast<double>(inv[i]);
      grad_beta.data_ptr<float>()[i] = static_cast<float>(sum);
      grad_gamma.data_ptr<float>()[i] = static_cast<float>(moment * inv_i);
      if (!options.training) continue;
      from_mean[k] = static_cast<float>(static_cast<double>(scale[k]) * sum / n);
      from_variance[k] = static_cast<float>(static_cast<double>(scale[k]) * inv_i * inv_i * moment / n);
    }
    auto grad_x = at::empty_like(x, at::MemoryFormat::ChannelsLast);
    auto* to = grad_x.data_ptr<float>();
    pixels.share([&](std::int64_t begin, std::int64_t end) {
      const auto at = begin * c;
      input_gradient(g + at, data + at, m, scale.data(), shift, from_mean.data(), from_variance.data(), slope,
                     end - begin, c, to + at);
    });
    return {grad_x, grad_gamma, grad_beta};
  }
};

}  // namespace

at::Tensor reference::batch_norm(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta,
                                 const at::Tensor& running_mean, const at::Tensor& running_var,
                                 const BatchNormOptions& options) {
  const auto y = at::batch_norm(x, gamma, beta, running_mean, running_var, options.training, options.momentum,
                                options.epsilon, false);
  return options.negative_slope == 1 ? y : at::leaky_relu(y, options.negative_slope);
}

at::Tensor batch_norm(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta,
                      const at::Tensor& running_mean, const at::Tensor& running_var,
                      const BatchNormOptions& options) {
  PF_CHECK(x.dim() == 4 && gamma.dim() == 1 && x.size(1) == gamma.size(0) && beta.sizes() == gamma.sizes(),
           "[batch_norm] expected x [N, {}, H, W] and a beta like gamma, got {} and {}", gamma.numel(),
           x.sizes(), beta.sizes());
  PF_CHECK(options.training || running_mean.defined(), "[batch_norm] no running statistics to normalise by");
  PF_CHECK(!running_mean.defined() ||
               (running_mean.sizes() == gamma.sizes() && running_var.sizes() == gamma.sizes()),
           "[batch_norm] expected running statistics [{}], got {}", gamma.numel(), running_mean.sizes());
  PF_CHECK(!options.training || x.numel() > x.size(1),
           "[batch_norm] a batch {} has one value per channel, which has no variance: take a larger batch",
           x.sizes());
  // Running statistics are moved where they lie, so that they must have no gaps.
  const auto moved_here = [](const at::Tensor& running) {
    return !running.defined() || (runs_here(running) && running.is_contiguous());
  };
  if (!runs_here(x) || !runs_here(gamma) || !runs_here(beta) || !moved_here(running_mean) ||
      !moved_here(running_var))
    return reference::batch_norm(x, gamma, beta, running_mean, running_var, options);
  return BatchNorm::apply(x, gamma.contiguous(), beta.contiguous(), Running{running_mean, running_var},
                          options);
}

}  // namespace pushforward::ops
