#include "pushforward/nn/module.h"

#include <ATen/CPUGeneratorImpl.h>

namespace pushforward::nn {

NamedTensors named_state(const Module& module) {
  NamedTensors state;
  for (const auto& item : module.named_parameters()) state.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers()) state.emplace_back(item.key(), item.value());
  return state;
}

void append(NamedTensors& all, const std::string& prefix, const NamedTensors& more) {
  for (const auto& [name, tensor] : more) all.emplace_back(prefix + name, tensor);
}

std::string first_non_finite(const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors)
    if (!at::isfinite(tensor.detach()).all().item<bool>()) return name;
  return "";
}

at::Device device_of(const Module& module) {
  const auto state = named_state(module);
  return state.empty() ? at::Device(at::kCPU) : state.front().second.device();
}

at::Generator generator(std::uint64_t key) {
  return at::make_generator<at::CPUGeneratorImpl>(key);
}

}  // namespace pushforward::nn
