// Tensors of random numbers to try metrics on.
#pragma once

#include "tests/expect.h"
#include <ATen/ATen.h>

#include <string>
#include <string_view>

#include "pushforward/core/random.h"

namespace pushforward::metrics {

/// float64 [n, dims] of N(0, 1) from a stream.
inline at::Tensor gaussian(std::int64_t n, std::int64_t dims, std::string_view purpose) {
  auto engine = stream(2, purpose);
  auto values = at::empty({n, dims}, at::kDouble);
  for (std::int64_t i = 0; i < values.numel(); ++i) values.data_ptr<double>()[i] = normal01(engine);
  return values;
}

}  // namespace pushforward::metrics
