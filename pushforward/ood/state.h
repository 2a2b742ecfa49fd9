// What a fitted detector learned, as tensors under names.
#pragma once

#include <ATen/ATen.h>

#include <initializer_list>
#include <string_view>
#include <vector>

#include "pushforward/nn/module.h"

namespace pushforward::ood {

/// A tensor that a state must hold; a size of −1 is any.
struct Expected {
  std::string_view name;
  std::vector<std::int64_t> sizes;
};

/// The tensors of `state` in the order asked for, contiguous and in `dtype`. Throws Error, naming the
/// detector, when the state holds other names or shapes.
std::vector<at::Tensor> take(const nn::NamedTensors& state, std::string_view detector,
                             std::initializer_list<Expected> expected, at::ScalarType dtype = at::kDouble);

at::Tensor tensor_of(const std::vector<double>& values);  ///< float64 [N]
std::vector<double> values_of(const at::Tensor& values);  ///< of a tensor [N]

/// `values`, unless one is not finite: throws Error, as the detector cannot be fitted on that image.
std::vector<double> finite(std::vector<double> values, std::string_view detector, std::string_view what);

}  // namespace pushforward::ood
