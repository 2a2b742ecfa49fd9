#include "pushforward/gans/snapshot.h"

namespace pushforward::gans {

void Snapshot::add(const nn::NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) tensors_.emplace_back(tensor, tensor.detach().clone());
}

void Snapshot::add_buffers(const nn::Module& module) {
  for (const auto& item : module.named_buffers()) tensors_.emplace_back(item.value(), item.value().clone());
}

void Snapshot::restore() const {
  const at::NoGradGuard no_grad;
  for (const auto& [tensor, copy] : tensors_) at::Tensor(tensor).copy_(copy);
}

}  // namespace pushforward::gans
