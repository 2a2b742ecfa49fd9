// What this machine can do: the bounds of everything in this library, on the threads that the process uses.
#pragma once

#include <optional>

namespace pushforward::ops {

/// Of a 2048³ product by oneDNN, in GFLOP/s.
struct ProductRates {
  double float32 = 0;
  std::optional<double> bfloat16 = {};  // where the processor multiplies that itself

  /// In this thread's precision; 0 where that was not measured.
  double in_use() const;
  /// Takes the better of each: a machine that is shared has bad moments.
  void better(const ProductRates& other);
};

/// Measures one product of each.
ProductRates product_rates();

/// Of y ← a x + y on vectors of 128 MiB, beyond the caches, in GB/s.
double memory_rate();

}  // namespace pushforward::ops
