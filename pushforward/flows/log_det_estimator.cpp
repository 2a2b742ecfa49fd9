#include "pushforward/flows/log_det_estimator.h"

#include <torch/csrc/autograd/autograd.h>

#include "pushforward/nn/random.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {
namespace {

/// vᵀJ.
at::Tensor times_jacobian(const at::Tensor& v, const at::Tensor& x, const at::Tensor& g,
                          bool differentiable) {
  return torch::autograd::grad({g}, {x}, {v}, /*retain_graph=*/true, /*create_graph=*/differentiable)[0];
}

}  // namespace

at::Tensor exact_log_det(const at::Tensor& x, const at::Tensor& g, bool differentiable) {
  const auto dims = g.flatten(1).size(1);
  std::vector<at::Tensor> rows;
  for (std::int64_t d = 0; d < dims; ++d) {
    auto v = at::zeros(g.sizes(), g.options());
    v.flatten(1).select(1, d).fill_(1);
    rows.push_back(times_jacobian(v, x, g, differentiable).flatten(1));
  }
  return std::get<1>(at::slogdet(at::eye(dims, g.options()) + at::stack(rows, 1)));
}

at::Tensor series_log_det(const at::Tensor& x, const at::Tensor& g, const at::Tensor& probe,
                          const at::Tensor& weights, bool differentiable) {
  const auto v = probe.expand_as(x);
  const auto by_example = [&](const at::Tensor& w) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
    shape[0] = w.size(0);
    return w.view(shape);
  };
  auto product = v, neumann = at::zeros_like(x);  // vᵀJᵏ, and Σ (−1)ᵏ w_{k+1} vᵀJᵏ
  auto value = at::zeros({x.size(0)}, x.options());
  for (std::int64_t k = 0; k < weights.size(0); ++k) {
    const auto weight = k % 2 == 0 ? weights[k] : -weights[k];
    if (differentiable) neumann = neumann + by_example(weight) * product;
    product = times_jacobian(product, x, g, false);
    value = value + weight / static_cast<double>(k + 1) * ops::sum_by_example(product * v);
  }
  if (!differentiable) return value;
  const auto slope = ops::sum_by_example(times_jacobian(neumann, x, g, true) * v);
  return value + (slope - slope.detach());
}

at::Tensor draw_probe(Probe kind, const at::Tensor& x, std::int64_t n, at::Generator generator) {
  auto shape = x.sizes().vec();
  shape[0] = n;
  if (kind == Probe::gaussian)
    return ops::laid_out(nn::draw_normal(shape, 0, 1, std::move(generator), x.options()));
  const auto u = nn::draw_uniform(shape, -1, 1, std::move(generator), x.options());
  return ops::laid_out(at::where(u < 0, -at::ones_like(u), at::ones_like(u)));
}

}  // namespace pushforward::flows
