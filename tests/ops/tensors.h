// Helpers for tests on tensors.
#pragma once

#include "tests/expect.h"
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cstdint>

namespace pushforward {

/// Draws from N(0, 1), the same for the same seed.
inline at::Tensor normal(at::IntArrayRef shape, std::uint64_t seed, at::ScalarType type = at::kFloat) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::empty(shape, at::kDouble).normal_(0.0, 1.0, generator).to(type);
}

/// The same numbers as a leaf of an autograd graph.
inline at::Tensor leaf(const at::Tensor& x) {
  return x.detach().clone(at::MemoryFormat::Preserve).requires_grad_(true);
}

/// max |a − b| / max(1, max |b|), in float64; NaN when either holds one.
inline double difference(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  if (a.sizes() != b.sizes() || a.numel() == 0) return 0.0;
  const auto expected = b.detach().to(at::kDouble);
  const auto scale = std::max(1.0, expected.abs().max().item<double>());
  return (a.detach().to(at::kDouble) - expected).abs().max().item<double>() / scale;
}

/// Whether every byte is the same.
inline bool identical(const at::Tensor& a, const at::Tensor& b) {
  return a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() && a.equal(b);
}

}  // namespace pushforward
