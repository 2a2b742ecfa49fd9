#include "pushforward/ops/pieces.h"

#include <ATen/Parallel.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "pushforward/core/error.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

PF_SIMD_CLONES float squares_of(const float* x, std::int64_t n) {
  float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += x[i] * x[i];
  return sum;
}

}  // namespace

void check_lists(const char* op, const TensorList& parameters, const TensorList& gradients,
                 std::initializer_list<const TensorList*> moments) {
  const auto check_all = [&](const char* what, const TensorList& list) {
    PF_CHECK(list.size() == parameters.size(), "[{}] expected {} {}s, got {}", op, parameters.size(), what,
             list.size());
    for (std::size_t i = 0; i < list.size(); ++i)
      PF_CHECK(list[i].sizes() == parameters[i].sizes(), "[{}] expected {} {} of shape {}, got {}", op, what,
               i, parameters[i].sizes(), list[i].sizes());
  };
  check_all("gradient", gradients);
  for (const auto* list : moments) check_all("moment", *list);
}

bool lie_alike(std::initializer_list<const TensorList*> lists) {
  const auto& first = **lists.begin();
  for (const auto* list : lists)
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto& t = (*list)[i];
      if (!t.device().is_cpu() || t.scalar_type() != at::kFloat || t.strides() != first[i].strides() ||
          !t.is_non_overlapping_and_dense())
        return false;
    }
  return true;
}

double sum_over_pieces(const TensorList& tensors,
                       const std::function<float(std::size_t, std::int64_t, std::int64_t)>& piece) {
  constexpr std::int64_t chunk = 16384;
  struct Piece {
    std::size_t tensor;
    std::int64_t begin, size;
    float result;
  };
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < tensors.size(); ++i)
    for (std::int64_t begin = 0; begin < tensors[i].numel(); begin += chunk)
      pieces.push_back({i, begin, std::min(chunk, tensors[i].numel() - begin), 0.0F});
  at::parallel_for(0, static_cast<std::int64_t>(pieces.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto k = begin; k < end; ++k) {
      auto& [tensor, at, size, result] = pieces[static_cast<std::size_t>(k)];
      result = piece(tensor, at, size);
    }
  });
  double sum = 0;
  for (const auto& p : pieces) sum += static_cast<double>(p.result);
  return sum;
}

double norm_of(const TensorList& tensors) {
  if (lie_alike({&tensors}))
    return std::sqrt(sum_over_pieces(tensors, [&](std::size_t i, std::int64_t begin, std::int64_t size) {
      return squares_of(tensors[i].data_ptr<float>() + begin, size);
    }));
  const at::NoGradGuard no_grad;
  double squares = 0;
  for (const auto& t : tensors) squares += at::linalg_vector_norm(t).to(at::kDouble).square().item<double>();
  return std::sqrt(squares);
}

}  // namespace pushforward::ops
