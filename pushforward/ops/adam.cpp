#include "pushforward/ops/adam.h"

#include <ATen/Parallel.h>
#include <fmt/ranges.h>

#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

struct Coefficients {
  float beta1, beta2, rest1, rest2, step_size, root_bias2, epsilon;  // rest = 1 − beta, rounded once
};

PF_SIMD_CLONES void update(float* p, const float* g, float* m, float* v, std::int64_t n,
                           const Coefficients& c) {
  const float beta1 = c.beta1, beta2 = c.beta2, rest1 = c.rest1, rest2 = c.rest2;
  const float step_size = c.step_size, root_bias2 = c.root_bias2, epsilon = c.epsilon;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float gi = g[i];
    const float mi = beta1 * m[i] + rest1 * gi;
    const float vi = beta2 * v[i] + rest2 * gi * gi;
    m[i] = mi;
    v[i] = vi;
    p[i] -= step_size * mi / (std::sqrt(vi) / root_bias2 + epsilon);
  }
}

bool all_fast(const std::vector<at::Tensor>& tensors) {
  for (const auto& t : tensors)
    if (!t.device().is_cpu() || t.scalar_type() != at::kFloat || !t.is_contiguous()) return false;
  return true;
}

}  // namespace

void reference::adam_step(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& gradients,
                          const std::vector<at::Tensor>& first_moments,
                          const std::vector<at::Tensor>& second_moments, std::int64_t step,
                          const AdamOptions& options) {
  at::NoGradGuard no_grad;
  const double bias1 = 1.0 - std::pow(options.beta1, static_cast<double>(step));
  const double bias2 = 1.0 - std::pow(options.beta2, static_cast<double>(step));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto p = parameters[i], m = first_moments[i], v = second_moments[i];
    const auto& g = gradients[i];
    m.mul_(options.beta1).add_(g, 1.0 - options.beta1);
    v.mul_(options.beta2).addcmul_(g, g, 1.0 - options.beta2);
    p.addcdiv_(m, (v.sqrt() / std::sqrt(bias2)).add_(options.epsilon), -options.learning_rate / bias1);
  }
}

void adam_step(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& gradients,
               const std::vector<at::Tensor>& first_moments, const std::vector<at::Tensor>& second_moments,
               std::int64_t step, const AdamOptions& options) {
  PF_CHECK(gradients.size() == parameters.size() && first_moments.size() == parameters.size() &&
               second_moments.size() == parameters.size(),
           "[adam] expected {} gradients and moments, got {}, {} and {}", parameters.size(), gradients.size(),
           first_moments.size(), second_moments.size());
  PF_CHECK(step >= 1, "[adam] expected a step from 1, got {}", step);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto shape = parameters[i].sizes();
    PF_CHECK(gradients[i].sizes() == shape, "[adam] expected gradient {} of shape {}, got {}", i, shape,
             gradients[i].sizes());
    PF_CHECK(first_moments[i].sizes() == shape && second_moments[i].sizes() == shape,
             "[adam] expected moments of parameter {} of shape {}, got {} and {}", i, shape,
             first_moments[i].sizes(), second_moments[i].sizes());
  }
  if (!all_fast(parameters) || !all_fast(gradients) || !all_fast(first_moments) || !all_fast(second_moments))
    return reference::adam_step(parameters, gradients, first_moments, second_moments, step, options);

  const double bias1 = 1.0 - std::pow(options.beta1, static_cast<double>(step));
  const double bias2 = 1.0 - std::pow(options.beta2, static_cast<double>(step));
  const Coefficients c{static_cast<float>(options.beta1),
                       static_cast<float>(options.beta2),
                       static_cast<float>(1.0 - options.beta1),
                       static_cast<float>(1.0 - options.beta2),
                       static_cast<float>(options.learning_rate / bias1),
                       static_cast<float>(std::sqrt(bias2)),
                       static_cast<float>(options.epsilon)};
  // One parallel region over all elements: tensors are cut at fixed chunks, whatever the thread count.
  constexpr std::int64_t chunk = 16384;
  struct Piece {
    std::size_t tensor;
    std::int64_t begin, size;
  };
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    for (std::int64_t begin = 0; begin < parameters[i].numel(); begin += chunk)
      pieces.push_back({i, begin, std::min(chunk, parameters[i].numel() - begin)});
  at::parallel_for(0, static_cast<std::int64_t>(pieces.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto k = begin; k < end; ++k) {
      const auto& [i, at, size] = pieces[static_cast<std::size_t>(k)];
      update(parameters[i].data_ptr<float>() + at, gradients[i].data_ptr<float>() + at,
             first_moments[i].data_ptr<float>() + at, second_moments[i].data_ptr<float>() + at, size, c);
    }
  });
}

}  // namespace pushforward::ops
