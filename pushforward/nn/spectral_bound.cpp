#include "pushforward/nn/spectral_bound.h"

#include "pushforward/core/error.h"

namespace pushforward::nn {
namespace {

struct Singular {
  at::Tensor u, v;
};

/// From a pair of vectors to one that keeps σ to the tolerance. A pair that does so already is the same in
/// evaluation mode, so that σ is a differentiable function of the weight around it.
Singular converged(const LinearMap& map, const at::Tensor& weight, const Singular& start,
                   const SpectralBoundOptions& options, bool training) {
  const at::NoGradGuard no_grad;
  Singular now{start.u.clone(), start.v.clone()};
  double sigma = (now.u * map.apply(weight, now.v)).sum().item<double>();
  for (std::int64_t i = 0; i < options.max_iterations; ++i) {
    const double next = power_step(map, weight, now.u, now.v).item<double>();
    if (std::abs(next - sigma) <= options.tolerance * next)
      return i == 0 && !training ? Singular{start.u.clone(), start.v.clone()} : now;
    sigma = next;
  }
  return now;
}

}  // namespace

SpectralBound::SpectralBound(LinearMap map, const at::Tensor& weight, const SpectralBoundOptions& options,
                             at::Generator& init)
    : map_(std::move(map)), options_(options) {
  PF_CHECK(options.bound > 0 && options.bound < 1, "[spectral bound] expected a bound in (0, 1), got {}",
           options.bound);
  PF_CHECK(options.tolerance > 0 && options.tolerance < 1,
           "[spectral bound] expected a tolerance in (0, 1), got {}", options.tolerance);
  PF_CHECK(options.max_iterations >= 1, "[spectral bound] expected at least one iteration, got {}",
           options.max_iterations);
  u = register_buffer("u", random_unit(map_.out, init, weight.options()));
  v = register_buffer("v", random_unit(map_.in, init, weight.options()));
  auto thorough = options;
  thorough.max_iterations = 1000;
  const auto found = converged(map_, weight.detach(), {u, v}, thorough, true);
  const at::NoGradGuard no_grad;
  u.copy_(found.u);
  v.copy_(found.v);
}

at::Tensor SpectralBound::operator()(const at::Tensor& weight) {
  const auto found = converged(map_, weight.detach(), {u, v}, options_, is_training());
  if (is_training()) {
    const at::NoGradGuard no_grad;
    u.copy_(found.u);
    v.copy_(found.v);
  }
  const auto sigma = (found.u * map_.apply(weight, found.v)).sum();
  return weight / (sigma / options_.bound).clamp_min(1);
}

}  // namespace pushforward::nn
