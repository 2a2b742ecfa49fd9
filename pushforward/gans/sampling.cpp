#include "pushforward/gans/sampling.h"

#include "pushforward/nn/snapshot.h"

namespace pushforward::gans {

at::Tensor latents(std::int64_t n, std::int64_t size, at::Generator generator) {
  return at::empty({n, size}, at::kFloat).normal_(0.0, 1.0, std::move(generator));
}

at::Tensor generate(Generator& network, const at::Tensor& z, Statistics statistics) {
  constexpr std::int64_t part = 128;
  const nn::ModeGuard mode(network, statistics == Statistics::batch);
  if (statistics == Statistics::batch || z.size(0) <= part) return network.forward(z);
  std::vector<at::Tensor> parts;
  for (const auto& some : z.split(part)) parts.push_back(network.forward(some));
  return at::cat(parts);
}

}  // namespace pushforward::gans
