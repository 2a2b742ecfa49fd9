#include "pushforward/gans/sampling.h"

#include "pushforward/nn/random.h"
#include "pushforward/nn/snapshot.h"

namespace pushforward::gans {

at::Tensor latents(std::int64_t n, const Generator& network, at::Generator generator) {
  return nn::draw_normal({n, network.latent()}, 0, 1, std::move(generator), nn::device_of(network));
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
