// Helpers for tests on tensors.
#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>

#include "pushforward/core/error.h"

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

/// The action throws an Error of one line that holds `part`.
inline void expect_says(const std::function<void()>& action, const std::string& part) {
  try {
    action();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    EXPECT_NE(text.find(part), std::string::npos) << text << "\n  lacks: " << part;
    return;
  }
  ADD_FAILURE() << "no error; expected: " << part;
}

}  // namespace pushforward
