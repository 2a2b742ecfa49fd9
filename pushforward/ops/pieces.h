// Lists of equally shaped tensors in one parallel pass, for the optimisers.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <vector>

namespace pushforward::ops {

using TensorList = std::vector<at::Tensor>;

/// Throws Error, in the name of `op`, unless every list has one tensor for each parameter, of its shape.
void check_lists(const char* op, const TensorList& parameters, const TensorList& gradients,
                 std::initializer_list<const TensorList*> moments);

/// Whether tensors i of all lists are float32 on the CPU and lie in memory alike and without gaps, for all i.
bool lie_alike(std::initializer_list<const TensorList*> lists);

/// Runs `piece(i, begin, size)` for pieces of all tensors on all threads and returns the sum of the results.
/// Tensors are cut and results are added in a fixed way, whatever the thread count.
double sum_over_pieces(const TensorList& tensors,
                       const std::function<float(std::size_t, std::int64_t, std::int64_t)>& piece);

/// √Σ‖t‖² over all of them.
double norm_of(const TensorList& tensors);

}  // namespace pushforward::ops
