#include "pushforward/nn/spectral_norm.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"
#include "pushforward/nn/random.h"

namespace pushforward::nn {
namespace {

constexpr double tiny = 1e-12;  // A zero weight stays zero instead of becoming NaN.
constexpr int iterations_at_start = 15;

at::Tensor unit(const at::Tensor& x) {
  return x / at::linalg_vector_norm(x).clamp_min(tiny);
}

}  // namespace

SpectralNorm::SpectralNorm(const at::Tensor& weight, at::Generator& init) {
  PF_CHECK(weight.dim() >= 2 && weight.numel() > 0, "[spectral norm] expected a weight [out, in, …], got {}",
           weight.sizes());
  const auto options = weight.options();
  const auto out = weight.size(0);
  u = register_buffer("u", unit(draw_normal({out}, 0, 1, init, options)));
  v = register_buffer("v", unit(draw_normal({weight.numel() / out}, 0, 1, init, options)));
  follow(weight);
}

void SpectralNorm::follow(const at::Tensor& weight) {
  for (int i = 0; i < iterations_at_start; ++i) (*this)(weight.detach(), true);
}

at::Tensor SpectralNorm::operator()(const at::Tensor& weight, bool update) {
  PF_CHECK(weight.dim() >= 2 && weight.size(0) == u.size(0) && weight.numel() == u.numel() * v.numel(),
           "[spectral norm] expected a weight [{}, …] of {} values, got {}", u.size(0), u.numel() * v.numel(),
           weight.sizes());
  const auto matrix = weight.flatten(1);
  if (update) {
    const at::NoGradGuard no_grad;
    const auto w = matrix.detach();
    v.copy_(unit(w.t().mv(u)));
    u.copy_(unit(w.mv(v)));
  }
  // Copies: a later call changes the buffers before this one's derivative is asked for.
  const auto sigma = u.clone().dot(matrix.mv(v.clone())).clamp_min(tiny);
  return weight / sigma;
}

}  // namespace pushforward::nn
