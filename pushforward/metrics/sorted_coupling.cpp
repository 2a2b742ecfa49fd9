#include "pushforward/metrics/sorted_coupling.h"

#include <algorithm>
#include <cmath>

#include "pushforward/core/random.h"

namespace pushforward::metrics {
namespace {

/// Visits the pairs (i, j) of sorted samples that meet in the optimal coupling, with their shares of the
/// mass: of each pair either the next i or the next j follows. Shares are whole multiples of 1 / (N·M).
template <typename Visit>
void couple(std::size_t n, std::size_t m, const Visit& visit) {
  std::size_t i = 0, j = 0, left_i = m, left_j = n;
  const double unit = 1 / (static_cast<double>(n) * static_cast<double>(m));
  while (true) {
    const auto moved = std::min(left_i, left_j);
    visit(i, j, static_cast<double>(moved) * unit);
    left_i -= moved;
    left_j -= moved;
    if (left_i == 0 && i + 1 < n) {
      ++i;
      left_i = m;
    } else if (left_j == 0 && j + 1 < m) {
      ++j;
      left_j = n;
    } else {
      return;
    }
  }
}

double power(double distance, int p) {
  return p == 1 ? std::abs(distance) : distance * distance;
}

}  // namespace

double cost_of_sorted(Numbers a, Numbers b, int p) {
  double cost = 0;
  couple(a.size(), b.size(),
         [&](std::size_t i, std::size_t j, double mass) { cost += mass * power(a[i] - b[j], p); });
  return cost;
}

SortedTransport transport_sorted(Numbers a, Numbers b, int p) {
  SortedTransport found{.u = std::vector<double>(a.size()), .v = std::vector<double>(b.size())};
  auto& [cost, u, v] = found;
  // Each step of the coupling gives one potential from the other.
  std::size_t last = a.size();
  couple(a.size(), b.size(), [&, &cost = cost, &u = u, &v = v](std::size_t i, std::size_t j, double mass) {
    const double each = power(a[i] - b[j], p);
    cost += mass * each;
    (i == last ? v[j] : u[i]) = each - (i == last ? u[i] : v[j]);
    last = i;
  });
  return found;
}

at::Tensor random_directions(std::int64_t count, std::int64_t dims, std::uint64_t seed) {
  auto engine = stream(seed, "projections");
  auto lines = at::empty({count, dims}, at::kDouble);
  for (std::int64_t i = 0; i < lines.numel(); ++i) lines.data_ptr<double>()[i] = normal01(engine);
  return lines / lines.norm(2, {1}, /*keepdim=*/true);
}

}  // namespace pushforward::metrics
