// Choosing features of a batch, and putting them back.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace pushforward::ops {

/// A division of D features, or channels, into those that a coupling keeps and those that it changes.
struct Partition {
  std::vector<std::int64_t> kept, changed;  // Together each of 0 … D−1 once.

  /// From a mask over D features, true = kept. Throws Error when either part is empty.
  static Partition from_mask(const std::vector<bool>& mask);
  std::int64_t size() const { return static_cast<std::int64_t>(kept.size() + changed.size()); }
};

/// x [N, D] → {x[:, kept], x[:, changed]}, feature-major; images [N, C, H, W] by channel, channels last. Its
/// derivative is `join`, and the other way round.
std::pair<at::Tensor, at::Tensor> divide(const at::Tensor& x, const Partition& partition);

/// The inverse of `divide`: {[N, kept], [N, changed]} → [N, D], feature-major.
at::Tensor join(const at::Tensor& kept, const at::Tensor& changed, const Partition& partition);

namespace reference {
std::pair<at::Tensor, at::Tensor> divide(const at::Tensor& x, const Partition& partition);
at::Tensor join(const at::Tensor& kept, const at::Tensor& changed, const Partition& partition);
}  // namespace reference

}  // namespace pushforward::ops
