#include "pushforward/metrics/inception_score.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <cmath>

namespace pushforward::metrics {
namespace {

TEST(InceptionScore, GoesFromOneToTheNumberOfClasses) {
  const auto certain = 200 * at::eye(5, at::kDouble).repeat({20, 1});
  EXPECT_NEAR(inception_score_of_parts(certain, 10).value, 5, 1e-9);
  EXPECT_NEAR(inception_score_of_parts(certain, 10).half_width95(), 0, 1e-9);
  EXPECT_NEAR(inception_score(at::zeros({100, 5})).value, 1, 1e-12);
  const auto collapsed = certain.narrow(0, 0, 1).repeat({40, 1});
  EXPECT_NEAR(inception_score(collapsed).value, 1, 1e-12);
}

TEST(InceptionScore, SplitsHaveTheirOwnMarginal) {
  // One class in the first half, the other in the second: within a half there is nothing to tell apart.
  auto logits = at::zeros({40, 2}, at::kDouble);
  logits.narrow(0, 0, 20).select(1, 0).fill_(100);
  logits.narrow(0, 20, 20).select(1, 1).fill_(100);
  EXPECT_NEAR(inception_score_of_parts(logits, 2).value, 1, 1e-9);
  EXPECT_NEAR(inception_score_of_parts(at::cat({logits, logits}), 2).value, 2, 1e-9);
}

TEST(InceptionScore, SurvivesHugeLogits) {
  EXPECT_NEAR(inception_score_of_parts(1e30 * at::eye(4, at::kDouble).repeat({10, 1}), 2).value, 4, 1e-9);
}

TEST(InceptionScore, RefusesWhatHasNoScore) {
  const auto logits = gaussian(40, 3, "logits");
  EXPECT_NE(message([&] { inception_score(logits, 1); }).find("at least 2 splits"), std::string::npos);
  EXPECT_NE(message([&] { inception_score(logits.narrow(0, 0, 19)); }).find("N >= 20 samples"),
            std::string::npos);
  EXPECT_NE(message([&] { inception_score(logits.narrow(1, 0, 1)); }).find("[40, 1]"), std::string::npos);
  auto broken = logits.clone();
  broken[33][1] = std::nan("");
  EXPECT_NE(message([&] { inception_score(broken); }).find("row 33 of 40"), std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
