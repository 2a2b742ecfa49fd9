#include "pushforward/ops/muon.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/ops/gemm.h"
#include "pushforward/ops/pieces.h"

namespace pushforward::ops {
namespace {

constexpr double a = 3.4445, b = -4.7750, c = 2.0315;
constexpr int iterations = 5;

/// Left times right, or times its transpose; both without gaps.
at::Tensor product(const at::Tensor& left, const at::Tensor& right, bool transpose = false) {
  if (!left.device().is_cpu() || left.scalar_type() != at::kFloat)
    return left.mm(transpose ? right.t() : right);
  const Matrix stored(right.data_ptr<float>(), right.size(0), right.size(1));
  const auto factor = transpose ? transposed(stored) : stored;
  auto result = at::empty({left.size(0), factor.columns}, left.options());
  gemm({left.data_ptr<float>(), left.size(0), left.size(1)}, factor, result.data_ptr<float>());
  return result;
}

}  // namespace

bool is_orthogonalised(const at::Tensor& parameter) {
  if (parameter.dim() != 2 && parameter.dim() != 4) return false;
  const auto rows = parameter.size(0);
  return rows > 1 && parameter.numel() > rows;
}

at::Tensor orthogonalised(const at::Tensor& matrix) {
  PF_CHECK(matrix.dim() == 2, "[muon] expected a matrix, got {} dimensions", matrix.dim());
  const at::NoGradGuard no_grad;
  const bool tall = matrix.size(0) > matrix.size(1);
  // A smaller norm than this is that of zeros.
  auto x = ((tall ? matrix.t() : matrix) / at::linalg_vector_norm(matrix).clamp_min(1e-20)).contiguous();
  for (int i = 0; i < iterations; ++i) {
    const auto gram = product(x, x, true);
    const auto polynomial = product(gram, gram).mul_(c).add_(gram, b);
    x = product(polynomial, x).add_(x, a);
  }
  return tall ? x.t() : x;
}

double muon_step(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& gradients,
                 const std::vector<at::Tensor>& momenta, const MuonOptions& options) {
  check_lists("muon", parameters, gradients, {&momenta});
  const at::NoGradGuard no_grad;
  double squares = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto p = parameters[i], m = momenta[i];
    PF_CHECK(is_orthogonalised(p), "[muon] expected parameter {} to be a product's weight, got {} dimensions",
             i, p.dim());
    m.mul_(options.momentum).add_(gradients[i]);
    const auto matrix = gradients[i].add(m, options.momentum).reshape({p.size(0), -1});
    const double side = static_cast<double>(std::max(matrix.size(0), matrix.size(1)));
    const auto change = orthogonalised(matrix) * (0.2 * std::sqrt(side) * options.learning_rate);
    p.sub_(change.reshape(p.sizes()));
    squares += change.square().sum().to(at::kDouble).item<double>();
  }
  return std::sqrt(squares);
}

}  // namespace pushforward::ops
