#include "pushforward/metrics/nearest_neighbours.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/metrics/samples.h"

namespace pushforward::metrics {
namespace {

using Found = std::pair<double, std::int64_t>;  ///< A squared distance and whose it is.

/// Keeps the k smallest of what it is shown, the first of equal ones.
class Smallest {
 public:
  explicit Smallest(std::int64_t k) : k_(static_cast<std::size_t>(k)) {}

  /// In the order of indices.
  void show(double value, std::int64_t index) {
    if (!(value < bound_)) return;
    if (heap_.size() == k_) {
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.pop_back();
    }
    heap_.emplace_back(value, index);
    std::push_heap(heap_.begin(), heap_.end());
    if (heap_.size() == k_) bound_ = heap_.front().first;
  }
  double bound() const { return bound_; }  ///< The k-th smallest, +∞ before there are as many.
  std::vector<Found> ascending() && {
    std::sort_heap(heap_.begin(), heap_.end());
    return std::move(heap_);
  }

 private:
  std::size_t k_;
  double bound_ = std::numeric_limits<double>::infinity();
  std::vector<Found> heap_;
};

/// Calls `visit(i, nearest)` for every query with its k nearest points in ascending order, on several threads
/// at once. `same`: both are one set, and no point is its own neighbour.
void for_each_neighbourhood(const Cloud& queries, const Cloud& points, std::int64_t k, bool same,
                            const std::function<void(std::int64_t, const std::vector<Found>&)>& visit) {
  const auto m = points.size();
  for_each_point(queries, points, [&](std::int64_t i, const DistanceRow& row) {
    const std::int64_t self = same ? i : -1;
    Smallest reachable(k);
    for (std::int64_t j = 0; j < m; ++j)
      if (j != self) reachable.show(row.square(j) + row.error(j), j);
    Smallest nearest(k);
    for (std::int64_t j = 0; j < m; ++j)
      if (j != self && row.square(j) - row.error(j) <= reachable.bound())
        nearest.show(square_distance(queries, i, points, j), j);
    visit(i, std::move(nearest).ascending());
  });
}

}  // namespace

Neighbours nearest_neighbours(const at::Tensor& queries, const at::Tensor& points, std::int64_t k,
                              bool exclude_self) {
  const auto [x, y] = as_samples("nearest_neighbours", queries, points);
  const std::int64_t n = x.size(0), m = y.size(0);
  PF_CHECK(!exclude_self || n == m,
           "[nearest_neighbours] expected one set with exclude_self, got {} and {} rows", n, m);
  PF_CHECK(k >= 1 && k <= m - exclude_self, "[nearest_neighbours] expected 1 to {} neighbours, got {}",
           m - exclude_self, k);

  Neighbours result{at::empty({n, k}, at::kDouble), at::empty({n, k}, at::kLong)};
  auto* distances = result.distances.data_ptr<double>();
  auto* indices = result.indices.data_ptr<std::int64_t>();
  const auto [from, to] = clouds(x, y);
  for_each_neighbourhood(from, to, k, exclude_self, [&](std::int64_t i, const std::vector<Found>& nearest) {
    std::int64_t place = i * k;
    for (const auto& [squared, index] : nearest) {
      distances[place] = squared;
      indices[place++] = index;
    }
  });
  result.distances.sqrt_().div_(from.scale);
  return result;
}

std::vector<double> neighbour_squares(const Cloud& cloud, std::int64_t k) {
  std::vector<double> squares(static_cast<std::size_t>(cloud.size()));
  for_each_neighbourhood(cloud, cloud, k, true, [&](std::int64_t i, const std::vector<Found>& nearest) {
    squares[static_cast<std::size_t>(i)] = nearest.back().first;
  });
  return squares;
}

}  // namespace pushforward::metrics
