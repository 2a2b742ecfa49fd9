#include "pushforward/report/thin.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace pushforward::report {
namespace {

bool holds(const std::vector<std::size_t>& indices, std::size_t index) {
  return std::find(indices.begin(), indices.end(), index) != indices.end();
}

TEST(Thin, KeepsShortSeriesWhole) {
  EXPECT_EQ(thin(std::vector<double>{3, 1, 2}, 1), (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_TRUE(thin({}, 5).empty());
}

TEST(Thin, KeepsEndsPeaksAndGaps) {
  std::vector<double> y(10007);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = std::sin(static_cast<double>(i));
  y[5000] = 100;
  y[7001] = -100;
  y[9000] = NAN;
  const auto kept = thin(y, 100);
  EXPECT_LE(kept.size(), 500u);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
  EXPECT_EQ(std::adjacent_find(kept.begin(), kept.end()), kept.end());
  for (const std::size_t index : {0, 5000, 7001, 9000, 10006}) EXPECT_TRUE(holds(kept, index)) << index;
}

TEST(Thin, ABucketThatStartsWithNanStillFindsItsPeak) {
  std::vector<double> y(1000, 0.0);
  y[500] = NAN;
  y[555] = 9;
  y[556] = -9;
  const auto kept = thin(y, 10);
  EXPECT_TRUE(holds(kept, 500) && holds(kept, 555) && holds(kept, 556));
}

}  // namespace
}  // namespace pushforward::report
