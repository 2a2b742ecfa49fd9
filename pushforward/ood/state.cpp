#include "pushforward/ood/state.h"

#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"

namespace pushforward::ood {
namespace {

bool fits(at::IntArrayRef found, const std::vector<std::int64_t>& expected) {
  return std::equal(found.begin(), found.end(), expected.begin(), expected.end(),
                    [](std::int64_t size, std::int64_t wanted) { return wanted == -1 || size == wanted; });
}

}  // namespace

std::vector<at::Tensor> take(const nn::NamedTensors& state, std::string_view detector,
                             std::initializer_list<Expected> expected, at::ScalarType dtype) {
  std::vector<std::string_view> names;
  for (const auto& [name, tensor] : state) names.push_back(name);
  std::vector<at::Tensor> tensors;
  for (const auto& [name, sizes] : expected) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end() || names.size() != expected.size())
      throw fail("[ood] expected the state of a fitted {} with {} tensors, {} among them, found [{}]",
                 detector, expected.size(), name, fmt::join(names, ", "));
    const auto& tensor = state[static_cast<std::size_t>(found - names.begin())].second;
    if (!fits(tensor.sizes(), sizes))
      throw fail("[ood] expected {} of a fitted {} to be [{}] (-1: any), found [{}]", name, detector,
                 fmt::join(sizes, ", "), fmt::join(tensor.sizes(), ", "));
    tensors.push_back(tensor.to(dtype).contiguous());
  }
  return tensors;
}

at::Tensor tensor_of(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble);
}

std::vector<double> values_of(const at::Tensor& values) {
  const auto numbers = values.to(at::kDouble).contiguous();
  return {numbers.data_ptr<double>(), numbers.data_ptr<double>() + numbers.numel()};
}

std::vector<double> finite(std::vector<double> values, std::string_view detector, std::string_view what) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw fail("[ood] {} cannot be fitted: {} of in-distribution image {} is {}", detector, what, i,
                 values[i]);
  return values;
}

}  // namespace pushforward::ood
