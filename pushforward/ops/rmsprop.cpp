#include "pushforward/ops/rmsprop.h"

#include <ATen/core/grad_mode.h>

#include <cmath>

#include "pushforward/ops/pieces.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

struct Coefficients {
  float alpha, rest, learning_rate, epsilon, scale;  // rest = 1 − alpha, rounded once
};

/// Returns the sum of the squared changes of p.
PF_SIMD_CLONES float update(float* p, const float* g, float* v, std::int64_t n, const Coefficients& c) {
  const float alpha = c.alpha, rest = c.rest, learning_rate = c.learning_rate, epsilon = c.epsilon,
              scale = c.scale;
  float squares = 0.0F;
#pragma omp simd reduction(+ : squares)
  for (std::int64_t i = 0; i < n; ++i) {
    const float gi = scale * g[i];
    const float vi = alpha * v[i] + rest * gi * gi;
    const float change = learning_rate * gi / (std::sqrt(vi) + epsilon);
    v[i] = vi;
    p[i] -= change;
    squares += change * change;
  }
  return squares;
}

}  // namespace

double reference::rmsprop_step(const std::vector<at::Tensor>& parameters,
                               const std::vector<at::Tensor>& gradients,
                               const std::vector<at::Tensor>& second_moments, const RmsPropOptions& options) {
  at::NoGradGuard no_grad;
  double squares = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto p = parameters[i], v = second_moments[i];
    const auto g = gradients[i] * options.gradient_scale;
    v.mul_(options.alpha).addcmul_(g, g, 1.0 - options.alpha);
    const auto change = g * options.learning_rate / v.sqrt().add_(options.epsilon);
    p.sub_(change);
    squares += change.square().sum().to(at::kDouble).item<double>();
  }
  return std::sqrt(squares);
}

double rmsprop_step(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& gradients,
                    const std::vector<at::Tensor>& second_moments, const RmsPropOptions& options) {
  check_lists("rmsprop", parameters, gradients, {&second_moments});
  if (!lie_alike({&parameters, &gradients, &second_moments}))
    return reference::rmsprop_step(parameters, gradients, second_moments, options);

  const Coefficients c{static_cast<float>(options.alpha), static_cast<float>(1.0 - options.alpha),
                       static_cast<float>(options.learning_rate), static_cast<float>(options.epsilon),
                       static_cast<float>(options.gradient_scale)};
  return std::sqrt(sum_over_pieces(parameters, [&](std::size_t i, std::int64_t at, std::int64_t size) {
    return update(parameters[i].data_ptr<float>() + at, gradients[i].data_ptr<float>() + at,
                  second_moments[i].data_ptr<float>() + at, size, c);
  }));
}

}  // namespace pushforward::ops
