#include "pushforward/nn/snapshot.h"

namespace pushforward::nn {

void Snapshot::add(const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) tensors_.emplace_back(tensor, tensor.detach().clone());
}

void Snapshot::add_buffers(const Module& module) {
  for (const auto& item : module.named_buffers()) tensors_.emplace_back(item.value(), item.value().clone());
}

void Snapshot::restore() const {
  const at::NoGradGuard no_grad;
  for (const auto& [tensor, copy] : tensors_) at::Tensor(tensor).copy_(copy);
}

Mode::Mode(Module& module, bool training) : module_(module), training_(module.is_training()) {
  module_.train(training);
}

Mode::~Mode() {
  module_.train(training_);
}

ModeGuard::ModeGuard(Module& module, bool training) : mode_(module, training) {
  buffers_.add_buffers(module);
}

ModeGuard::~ModeGuard() {
  buffers_.restore();
}

}  // namespace pushforward::nn
