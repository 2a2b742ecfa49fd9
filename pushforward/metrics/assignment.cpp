#include "pushforward/metrics/assignment.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"

namespace pushforward::metrics {
namespace {

constexpr std::int64_t none = -1;

class Solver {
 public:
  Solver(const double* costs, std::int64_t n)
      : costs_(costs),
        n_(n),
        u_(size(n)),
        v_(size(n), std::numeric_limits<double>::infinity()),
        row_of_(size(n), none),
        column_of_(size(n), none),
        before_(size(n)),
        shortest_(size(n)),
        open_(size(n)) {}

  Assignment solve() {
    reduce();
    for (std::int64_t row = 0; row < n_; ++row) {
      if (row % 64 == 0) stop_if_interrupted("measuring");
      if (column_of_[size(row)] == none) augment(row);
    }
    Assignment result{.column = column_of_, .cost = 0, .u = u_, .v = v_};
    for (std::int64_t row = 0; row < n_; ++row) result.cost += cost(row, column_of_[size(row)]);
    return result;
  }

 private:
  static std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }
  double cost(std::int64_t row, std::int64_t column) const { return costs_[row * n_ + column]; }

  /// Prices that no pair undercuts, and the pairs that rows can have at once.
  void reduce() {
    for (std::int64_t row = 0; row < n_; ++row)
      for (std::int64_t column = 0; column < n_; ++column)
        v_[size(column)] = std::min(v_[size(column)], cost(row, column));
    for (std::int64_t row = 0; row < n_; ++row) {
      std::int64_t best = 0;
      u_[size(row)] = std::numeric_limits<double>::infinity();
      for (std::int64_t column = 0; column < n_; ++column)
        if (const double reduced = cost(row, column) - v_[size(column)]; reduced < u_[size(row)]) {
          u_[size(row)] = reduced;
          best = column;
        }
      if (row_of_[size(best)] == none) pair(row, best);
    }
  }

  void pair(std::int64_t row, std::int64_t column) {
    row_of_[size(column)] = row;
    column_of_[size(row)] = column;
  }

  /// The shortest path from `start` to a free column, by reduced costs; then the pairs along it swap.
  void augment(std::int64_t start) {
    std::fill(shortest_.begin(), shortest_.end(), std::numeric_limits<double>::infinity());
    open_.resize(size(n_));
    std::iota(open_.begin(), open_.end(), std::int64_t{0});
    reached_.clear();
    double length = 0;
    std::int64_t row = start, end = none;
    while (end == none) {
      const double spent = length - u_[size(row)];
      double least = std::numeric_limits<double>::infinity();
      std::size_t next = 0;
      for (std::size_t k = 0; k < open_.size(); ++k) {
        const std::int64_t column = open_[k];
        auto& shortest = shortest_[size(column)];
        if (const double way = spent + cost(row, column) - v_[size(column)]; way < shortest) {
          shortest = way;
          before_[size(column)] = row;
        }
        if (shortest < least || (shortest == least && row_of_[size(column)] == none)) {
          least = shortest;
          next = k;
        }
      }
      length = least;
      const std::int64_t column = open_[next];
      open_[next] = open_.back();
      open_.pop_back();
      if (row_of_[size(column)] == none) {
        end = column;
      } else {
        reached_.push_back(column);
        row = row_of_[size(column)];
      }
    }
    u_[size(start)] += length;
    for (const std::int64_t column : reached_) {
      u_[size(row_of_[size(column)])] += length - shortest_[size(column)];
      v_[size(column)] -= length - shortest_[size(column)];
    }
    for (std::int64_t column = end, owner = none; owner != start;) {
      owner = before_[size(column)];
      const std::int64_t freed = column_of_[size(owner)];
      pair(owner, column);
      column = freed;
    }
  }

  const double* costs_;
  std::int64_t n_;
  std::vector<double> u_, v_;
  std::vector<std::int64_t> row_of_, column_of_,
      before_;  // `before_`: the row from which a column is reached
  std::vector<double> shortest_;
  std::vector<std::int64_t> open_, reached_;
};

}  // namespace

Assignment assign(const at::Tensor& costs) {
  PF_CHECK(costs.dim() == 2 && costs.size(0) == costs.size(1) && costs.numel() > 0,
           "[assign] expected costs [n, n], got [{}]", fmt::join(costs.sizes(), ", "));
  PF_CHECK(at::isfinite(costs).all().item<bool>(), "[assign] a cost is not finite");
  const auto table = costs.detach().to(at::kDouble).contiguous();
  return Solver(table.data_ptr<double>(), table.size(0)).solve();
}

}  // namespace pushforward::metrics
