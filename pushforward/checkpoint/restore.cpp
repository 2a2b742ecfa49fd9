#include "pushforward/checkpoint/restore.h"

#include <c10/core/GradMode.h>

#include <map>
#include <vector>

#include "pushforward/checkpoint/header.h"
#include "pushforward/core/error.h"
#include "pushforward/core/names.h"

namespace pushforward::checkpoint {
namespace {

std::string describe(const at::Tensor& tensor) {
  return fmt::format("{} [{}]", c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ", "));
}

std::vector<std::string> names_of(const Tensors& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  return names;
}

}  // namespace

File select(const File& file, std::string_view prefix) {
  File selected{.path = file.path, .metadata = file.metadata};
  for (const auto& [name, tensor] : file.tensors)
    if (name.starts_with(prefix)) selected.tensors.emplace_back(name.substr(prefix.size()), tensor);
  return selected;
}

void restore(const File& file, const Tensors& into, const std::string& what) {
  const std::map<std::string, at::Tensor> stored(file.tensors.begin(), file.tensors.end());
  const std::map<std::string, at::Tensor> wanted(into.begin(), into.end());
  for (const auto& [name, tensor] : file.tensors)
    if (!wanted.contains(name))
      throw fail("{} is a checkpoint of another model: {} has no tensor {}{}", file.path, what, quote(name),
                 did_you_mean(name, names_of(into)));
  for (const auto& [name, tensor] : into) {
    const auto found = stored.find(name);
    if (found == stored.end())
      throw fail("{} is a checkpoint of another model: it lacks the tensor {} of {}", file.path, quote(name),
                 what);
    const auto& source = found->second;
    if (source.sizes() != tensor.sizes() || source.scalar_type() != tensor.scalar_type())
      throw fail("{} is a checkpoint of another model: its tensor {} is {}, {} expects {}", file.path,
                 quote(name), describe(source), what, describe(tensor));
  }
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : into) at::Tensor(tensor).copy_(stored.at(name));
}

}  // namespace pushforward::checkpoint
