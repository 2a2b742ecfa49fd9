#include "pushforward/metrics/assignment.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace pushforward::metrics {
namespace {

double by_trying_all(const at::Tensor& costs) {
  const auto n = costs.size(0);
  const auto* c = costs.data_ptr<double>();
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  double best = INFINITY;
  do {
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += c[i * n + order[static_cast<std::size_t>(i)]];
    best = std::min(best, sum);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

/// One to one, and no cheaper one can exist: the prices prove it.
void expect_optimal(const at::Tensor& costs, const Assignment& found) {
  const auto n = costs.size(0);
  const auto* c = costs.data_ptr<double>();
  EXPECT_EQ(std::set<std::int64_t>(found.column.begin(), found.column.end()).size(),
            static_cast<std::size_t>(n));
  const double slack = 1e-12 * (1 + costs.abs().max().item<double>());
  double cost = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto row = static_cast<std::size_t>(i);
    cost += c[i * n + found.column[row]];
    EXPECT_NEAR(found.u[row] + found.v[static_cast<std::size_t>(found.column[row])],
                c[i * n + found.column[row]], slack);
    for (std::int64_t j = 0; j < n; ++j)
      EXPECT_LE(found.u[row] + found.v[static_cast<std::size_t>(j)], c[i * n + j] + slack);
  }
  EXPECT_NEAR(found.cost, cost, slack * static_cast<double>(n));
}

TEST(Assignment, IsTheBestOfAll) {
  for (const std::int64_t n : {1, 2, 3, 5, 7}) {
    const auto costs = gaussian(n, n, "costs");
    const auto found = assign(costs);
    EXPECT_NEAR(found.cost, by_trying_all(costs), 1e-12) << n;
    expect_optimal(costs, found);
  }
}

TEST(Assignment, ProvesItselfOptimal) {
  const auto a = gaussian(150, 2, "a"), b = gaussian(150, 2, "b");
  const auto distances = at::cdist(a, b);
  expect_optimal(distances, assign(distances));
  const auto ties = (distances * 2).round();
  expect_optimal(ties, assign(ties));
  const auto far = distances * 1e-3 + 1e3;
  expect_optimal(far, assign(far));
}

TEST(Assignment, ByHand) {
  const auto found = assign(at::tensor({4.0, 1.0, 3.0, 2.0, 0.0, 5.0, 3.0, 2.0, 2.0}).view({3, 3}));
  EXPECT_EQ(found.column, (std::vector<std::int64_t>{1, 0, 2}));
  EXPECT_DOUBLE_EQ(found.cost, 5);
  EXPECT_DOUBLE_EQ(assign(at::zeros({4, 4})).cost, 0);
}

TEST(Assignment, RefusesWhatIsNoProblem) {
  EXPECT_NE(message([] { assign(at::zeros({2, 3})); }).find("got [2, 3]"), std::string::npos);
  expect_says([] { assign(at::zeros({0, 0})); }, "expected costs [n, n], got [0, 0]");
  EXPECT_NE(message([] { assign(at::full({2, 2}, INFINITY)); }).find("not finite"), std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
