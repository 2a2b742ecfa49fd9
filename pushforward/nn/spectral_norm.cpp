#include "pushforward/nn/spectral_norm.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"

namespace pushforward::nn {
namespace {

constexpr double tiny = 1e-12;  // A zero weight stays zero instead of becoming NaN.
constexpr int iterations_at_start = 15;

}  // namespace

SpectralNorm::SpectralNorm(const at::Tensor& weight, at::Generator& init) {
  PF_CHECK(weight.dim() >= 2 && weight.numel() > 0, "[spectral norm] expected a weight [out, in, …], got {}",
           weight.sizes());
  map_ = matrix_map(weight);
  u = register_buffer("u", random_unit(map_.out, init, weight.options()));
  v = register_buffer("v", random_unit(map_.in, init, weight.options()));
  follow(weight);
}

void SpectralNorm::follow(const at::Tensor& weight) {
  for (int i = 0; i < iterations_at_start; ++i) (*this)(weight.detach(), true);
}

at::Tensor SpectralNorm::operator()(const at::Tensor& weight, bool update) {
  PF_CHECK(weight.dim() >= 2 && weight.size(0) == u.size(0) && weight.numel() == u.numel() * v.numel(),
           "[spectral norm] expected a weight [{}, …] of {} values, got {}", u.size(0), u.numel() * v.numel(),
           weight.sizes());
  if (update) {
    const at::NoGradGuard no_grad;
    power_step(map_, weight.detach(), u, v);
  }
  // Copies: a later call changes the buffers before this one's derivative is asked for.
  const auto sigma = u.clone().dot(map_.apply(weight, v.clone())).clamp_min(tiny);
  return weight / sigma;
}

}  // namespace pushforward::nn
