// Numbers that PyTorch and this library compute alike from a name (tests/goldens/formula.py).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>

namespace pushforward {

/// float32; entry k is splitmix64's k-th output (from 1) from the name's FNV-1a hash, its upper 24 bits as a
/// float in [−1, 1).
inline at::Tensor formula(const std::string& name, at::IntArrayRef shape) {
  std::uint64_t state = 0xCBF29CE484222325;
  for (const char c : name) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  auto tensor = at::empty(shape, at::kFloat);
  auto* values = tensor.data_ptr<float>();
  for (std::int64_t k = 0; k < tensor.numel(); ++k) {
    std::uint64_t z = state += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    z ^= z >> 31;
    values[k] = static_cast<float>(z >> 40) * 0x1p-23F - 1.0F;
  }
  return tensor;
}

}  // namespace pushforward
