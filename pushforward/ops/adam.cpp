#include "pushforward/ops/adam.h"

#include <ATen/core/grad_mode.h>

#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/ops/pieces.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

struct Coefficients {
  float beta1, beta2, rest1, rest2, step_size, root_bias2, epsilon, scale;  // rest = 1 − beta, rounded once
};

/// Returns the sum of the squared changes of p.
PF_SIMD_CLONES float update(float* p, const float* g, float* m, float* v, std::int64_t n,
                            const Coefficients& c) {
  const float beta1 = c.beta1, beta2 = c.beta2, rest1 = c.rest1, rest2 = c.rest2;
  const float step_size = c.step_size, root_bias2 = c.root_bias2, epsilon = c.epsilon, scale = c.scale;
  float squares = 0.0F;
#pragma omp simd reduction(+ : squares)
  for (std::int64_t i = 0; i < n; ++i) {
    const float gi = scale * g[i];
    const float mi = beta1 * m[i] + rest1 * gi;
    const float vi = beta2 * v[i] + rest2 * gi * gi;
    const float change = step_size * mi / (std::sqrt(vi) / root_bias2 + epsilon);
    m[i] = mi;
    v[i] = vi;
    p[i] -= change;
    squares += change * change;
  }
  return squares;
}

}  // namespace

double reference::adam_step(const std::vector<at::Tensor>& parameters,
                            const std::vector<at::Tensor>& gradients,
                            const std::vector<at::Tensor>& first_moments,
                            const std::vector<at::Tensor>& second_moments, std::int64_t step,
                            const AdamOptions& options) {
  at::NoGradGuard no_grad;
  const double bias1 = 1.0 - std::pow(options.beta1, static_cast<double>(step));
  const double bias2 = 1.0 - std::pow(options.beta2, static_cast<double>(step));
  double squares = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto p = parameters[i], m = first_moments[i], v = second_moments[i];
    const auto g = gradients[i] * options.gradient_scale;
    m.mul_(options.beta1).add_(g, 1.0 - options.beta1);
    v.mul_(options.beta2).addcmul_(g, g, 1.0 - options.beta2);
    const auto change =
        m / (v.sqrt() / std::sqrt(bias2)).add_(options.epsilon) * (options.learning_rate / bias1);
    p.sub_(change);
    squares += change.square().sum().to(at::kDouble).item<double>();
  }
  return std::sqrt(squares);
}

double adam_step(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& gradients,
                 const std::vector<at::Tensor>& first_moments, const std::vector<at::Tensor>& second_moments,
                 std::int64_t step, const AdamOptions& options) {
  check_lists("adam", parameters, gradients, {&first_moments, &second_moments});
  PF_CHECK(step >= 1, "[adam] expected a step from 1, got {}", step);
  if (!lie_alike({&parameters, &gradients, &first_moments, &second_moments}))
    return reference::adam_step(parameters, gradients, first_moments, second_moments, step, options);

  const double bias1 = 1.0 - std::pow(options.beta1, static_cast<double>(step));
  const double bias2 = 1.0 - std::pow(options.beta2, static_cast<double>(step));
  const Coefficients c{static_cast<float>(options.beta1),
                       static_cast<float>(options.beta2),
                       static_cast<float>(1.0 - options.beta1),
                       static_cast<float>(1.0 - options.beta2),
                       static_cast<float>(options.learning_rate / bias1),
                       static_cast<float>(std::sqrt(bias2)),
                       static_cast<float>(options.epsilon),
                       static_cast<float>(options.gradient_scale)};
  return std::sqrt(sum_over_pieces(parameters, [&](std::size_t i, std::int64_t at, std::int64_t size) {
    return update(parameters[i].data_ptr<float>() + at, gradients[i].data_ptr<float>() + at,
                  first_moments[i].data_ptr<float>() + at, second_moments[i].data_ptr<float>() + at, size, c);
  }));
}

}  // namespace pushforward::ops
