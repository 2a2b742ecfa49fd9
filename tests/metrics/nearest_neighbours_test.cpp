#include "pushforward/metrics/nearest_neighbours.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

namespace pushforward::metrics {
namespace {

/// All float64 distances, sorted stably.
Neighbours by_sorting(const at::Tensor& queries, const at::Tensor& points, std::int64_t k,
                      bool exclude_self = false) {
  auto all = (queries.unsqueeze(1) - points.unsqueeze(0)).square().sum(2).sqrt();
  if (exclude_self) all.fill_diagonal_(INFINITY);
  const auto [distances, indices] = at::sort(all, /*stable=*/true, 1, /*descending=*/false);
  return {distances.narrow(1, 0, k), indices.narrow(1, 0, k)};
}

void expect_same(const Neighbours& found, const Neighbours& expected, const char* what) {
  EXPECT_TRUE(at::equal(found.indices, expected.indices)) << what;
  EXPECT_TRUE(at::allclose(found.distances, expected.distances, 1e-13, 0)) << what;
}

TEST(NearestNeighbours, AreThoseOfSorting) {
  for (const std::int64_t dims : {1, 2, 33, 200}) {
    const auto x = gaussian(150, dims, "queries"), y = gaussian(170, dims, "points");
    for (const std::int64_t k : {1, 5, 170})
      expect_same(nearest_neighbours(x, y, k), by_sorting(x, y, k), "two sets");
    expect_same(nearest_neighbours(y, y, 3, true), by_sorting(y, y, 3, true), "one set");
  }
}

TEST(NearestNeighbours, MoreThanABlockAtATime) {
  const auto x = gaussian(2100, 3, "queries"), y = gaussian(5000, 3, "points");
  expect_same(nearest_neighbours(x, y, 4), by_sorting(x, y, 4), "blocks");
}

TEST(NearestNeighbours, SurviveWhatFloat32CannotTell) {
  const auto x = gaussian(120, 4, "queries"), y = gaussian(130, 4, "points");
  // Differences far below float32's resolution of the coordinates, one far outlier, and huge numbers.
  expect_same(nearest_neighbours(x * 1e-9 + 1, y * 1e-9 + 1, 3), by_sorting(x * 1e-9 + 1, y * 1e-9 + 1, 3),
              "offset");
  auto far = y.clone();
  far[7].fill_(1e12);
  expect_same(nearest_neighbours(x, far, 3), by_sorting(x, far, 3), "outlier");
  expect_same(nearest_neighbours(x * 1e100, y * 1e100, 3), by_sorting(x * 1e100, y * 1e100, 3), "huge");
}

TEST(NearestNeighbours, DoublesAreNearAndTheFirstWins) {
  const auto points = at::tensor({0.0, 1.0, 1.0, 3.0});
  const auto found = nearest_neighbours(points, points, 2, true);
  EXPECT_TRUE(at::equal(found.indices, at::tensor({1, 2, 2, 0, 1, 0, 1, 2}).view({4, 2})));
  EXPECT_TRUE(at::equal(found.distances, at::tensor({1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 2.0, 2.0}).view({4, 2})));
  const auto same = nearest_neighbours(at::ones({5, 3}), at::ones({5, 3}), 5);
  EXPECT_TRUE(at::equal(same.indices[4], at::arange(5)));
}

TEST(NearestNeighbours, RefuseWhatHasNone) {
  const auto x = gaussian(4, 2, "x");
  EXPECT_NE(message([&] { nearest_neighbours(x, x, 4, true); }).find("1 to 3 neighbours, got 4"),
            std::string::npos);
  EXPECT_NE(message([&] { nearest_neighbours(x, x, 0); }).find("got 0"), std::string::npos);
  EXPECT_NE(message([&] { nearest_neighbours(x, gaussian(4, 3, "y"), 1); }).find("got 2 and 3"),
            std::string::npos);
  EXPECT_NE(message([&] { nearest_neighbours(x, x / 0, 1); }).find("sample 0 of 4 is not finite"),
            std::string::npos);
  EXPECT_NE(message([&] { nearest_neighbours(x, x.narrow(0, 0, 3), 1, true); }).find("one set"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
