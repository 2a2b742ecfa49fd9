// The metrics against NumPy and SciPy: tests/goldens/metrics.py.
#include "tests/goldens/formula.h"
#include <gtest/gtest.h>

#include <cmath>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/metrics/fid.h"
#include "pushforward/metrics/frechet_influence.h"
#include "pushforward/metrics/inception_score.h"
#include "pushforward/metrics/kid.h"
#include "pushforward/metrics/precision_recall.h"

namespace pushforward::metrics {
namespace {

at::Tensor features(const std::string& name, std::int64_t n, std::int64_t dims, double scale = 1,
                    double shift = 0) {
  const auto raw = formula(name, {n, dims}).to(at::kDouble);
  return scale * (raw + raw.matmul(formula("mix", {dims, dims}).to(at::kDouble)) / 4) + shift;
}

const at::Tensor real = features("real", 400, 48), fake = features("fake", 500, 48, 1.1, 0.05);

at::Tensor golden(const std::string& name) {
  static const auto file = checkpoint::load(PUSHFORWARD_TESTS_DIR "/goldens/metrics/values.safetensors");
  return *file.find(name);
}

double value(const std::string& name, std::int64_t index = 0) {
  return golden(name)[index].item<double>();
}

void expect_relative(double found, double expected, double tolerance) {
  EXPECT_NEAR(found, expected, tolerance * std::abs(expected));
}

TEST(Goldens, FidIsSciPys) {
  expect_relative(fid(real, fake).value, value("fid.full"), 1e-9);
  expect_relative(fid(fake, real).value, value("fid.full"), 1e-9);
  expect_relative(fid(real.to(at::kFloat), fake.to(at::kFloat)).value, value("fid.full"), 1e-6);
}

TEST(Goldens, FidOfFewerSamplesThanDimensionsIsSciPys) {
  expect_relative(fid(real.narrow(0, 0, 16), fake).value, value("fid.half"), 1e-5);
  expect_relative(fid(real.narrow(0, 0, 16), fake.narrow(0, 0, 16)).value, value("fid.low"), 1e-5);
}

TEST(Goldens, InfluenceIsTheDerivativeBySampleWeights) {
  const FrechetInfluence influence(GaussianStatistics::of(real), GaussianStatistics::of(fake));
  const auto found = at::cat({influence.of_a(real).narrow(0, 0, 10), influence.of_b(fake).narrow(0, 0, 10)});
  EXPECT_LT((found - golden("fid.influence")).abs().max().item<double>(), 1e-4);
}

TEST(Goldens, KidIsNumPys) {
  const auto found = kid(real.narrow(0, 0, 300), fake.narrow(0, 0, 300), {.subset_size = 300});
  EXPECT_NEAR(found.value, value("kid"), 1e-7);
  expect_relative(found.half_width95(), z95 * value("kid", 1), 1e-5);
}

TEST(Goldens, InceptionScoreIsNumPys) {
  const auto logits = 4 * formula("logits", {100, 10});
  const std::int64_t splits[] = {2, 7, 10};
  for (std::int64_t i = 0; i < 3; ++i)
    expect_relative(inception_score_of_parts(logits, splits[i]).value, value("inception_score", i), 1e-12);
}

TEST(Goldens, PrecisionRecallDensityCoverageAreNumPys) {
  const auto found = prdc(features("real", 200, 6), features("fake", 150, 6, 0.8, 0.3));
  EXPECT_DOUBLE_EQ(found.precision.value, value("prdc", 0));
  EXPECT_DOUBLE_EQ(found.recall.value, value("prdc", 1));
  EXPECT_DOUBLE_EQ(found.density.value, value("prdc", 2));
  EXPECT_DOUBLE_EQ(found.coverage.value, value("prdc", 3));
}

}  // namespace
}  // namespace pushforward::metrics
