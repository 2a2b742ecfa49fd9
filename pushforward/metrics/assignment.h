// The cheapest one-to-one assignment.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace pushforward::metrics {

struct Assignment {
  std::vector<std::int64_t> column;  ///< of each row
  double cost = 0;                   ///< the sum over rows
  /// Dual potentials: u_i + v_j ≤ c_ij for all pairs, with equality for those assigned.
  std::vector<double> u, v;
};

/// Assigns each row of costs [n, n], of any sign, to a column of its own so that their sum is the least:
/// shortest augmenting paths (Jonker and Volgenant 1987, after a column
/// reduction; Crouse 2016), n³ operations at worst. Throws Error for another shape, no rows, and numbers that
/// are not finite.
Assignment assign(const at::Tensor& costs);

}  // namespace pushforward::metrics
