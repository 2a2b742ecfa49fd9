#include "pushforward/ood/detector.h"

#include "tests/ood/gaussians.h"
#include <gtest/gtest.h>

#include <limits>

#include "pushforward/metrics/roc.h"

namespace pushforward::ood {
namespace {

const Model kModel = {.log_prob = standard_normal};

double auroc(const char* name, const at::Tensor& out) {
  const auto detector = make_detector(name, kModel);
  detector->fit(gaussian(2000, 1, "train"));
  return metrics::roc(detector->score(gaussian(500, 1, "test")), detector->score(out)).auroc.value;
}

TEST(Detectors, LikelihoodIsTheNegativeLogDensity) {
  const auto detector = make_detector("likelihood", kModel);
  const auto x = gaussian(7, 1, "x");
  detector->fit(x);
  const auto scores = detector->score(x), log_prob = standard_normal(x);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(scores[i], -log_prob[i]);
}

TEST(Detectors, TypicalityIsTheDistanceFromTheFittedMean) {
  const auto train = gaussian(300, 1, "train"), x = gaussian(7, 1, "x");
  const auto detector = make_detector("typicality", kModel);
  detector->fit(train);
  double mean = 0;
  for (const double value : standard_normal(train)) mean += value / 300;
  const auto scores = detector->score(x), log_prob = standard_normal(x);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(scores[i], std::abs(log_prob[i] - mean), 1e-10);
  detector->fit(x);  // fitting anew forgets
  EXPECT_NE(detector->score(x)[0], scores[0]);
}

TEST(Detectors, TypicalityCatchesTheTooLikely) {
  const auto narrow = gaussian(500, 0.5, "narrow"), wide = gaussian(500, 2, "wide"),
             same = gaussian(500, 1, "same");
  EXPECT_LT(auroc("likelihood", narrow), 0.01);
  EXPECT_GT(auroc("typicality", narrow), 0.99);
  EXPECT_GT(auroc("likelihood", wide), 0.99);
  EXPECT_GT(auroc("typicality", wide), 0.99);
  for (const auto& kind : kinds()) EXPECT_NEAR(auroc(kind.name, same), 0.5, 0.06) << kind.name;
}

TEST(Detectors, EveryKindSaysWhatIsWrong) {
  for (const auto& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    EXPECT_NE(message([&] { kind.make({}); }).find(std::string(kind.name) + " needs a model with"),
              std::string::npos);
    const auto detector = kind.make(kModel);
    const auto x = gaussian(5, 1, "x");
    EXPECT_NE(message([&] { detector->score(x); }).find("must be fitted"), std::string::npos);
    EXPECT_NE(message([&] { detector->fit(at::empty({0, kDims})); }).find("got [0, 50]"), std::string::npos);
    detector->fit(x);
    EXPECT_TRUE(detector->score(at::empty({0, kDims}, at::kDouble)).empty());
    auto broken = x.clone();
    broken[3][7] = std::nan("");
    EXPECT_NE(message([&] { detector->score(broken); }).find("the score of image 3 is NaN"),
              std::string::npos);
  }
}

TEST(Detectors, AnswersMustBeOnePerImage) {
  const auto detector =
      make_detector("likelihood", {.log_prob = [](const at::Tensor&) { return std::vector{1.0}; }});
  detector->fit(gaussian(2, 1, "x"));
  EXPECT_NE(message([&] { detector->score(gaussian(2, 1, "x")); }).find("each of 2 images, got 1"),
            std::string::npos);
}

TEST(Detectors, ImpossibleImagesAreMostAnomalous) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  bool trained = false;
  const Model model = {
      .log_prob = [&](const at::Tensor&) { return std::vector{trained ? -kInfinity : -1.0}; }};
  for (const auto& kind : kinds()) {
    trained = false;
    const auto detector = kind.make(model);
    detector->fit(at::zeros({1, 1}));
    trained = true;
    EXPECT_EQ(detector->score(at::zeros({1, 1}))[0], kInfinity) << kind.name;
  }
  EXPECT_NE(message([&] {
              make_detector("typicality", model)->fit(at::zeros({1, 1}));
            }).find("image 0 is -inf"),
            std::string::npos);
}

TEST(Detectors, UnknownNamesAreUsageErrors) {
  EXPECT_THROW(make_detector("tipicality", kModel), UsageError);
  EXPECT_EQ(message([] { make_detector("tipicality", kModel); }),
            "unknown detector tipicality; expected one of likelihood, typicality, did you mean typicality?");
}

TEST(Remember, AsksOncePerTensor) {
  int calls = 0;
  const auto function = remember([&](const at::Tensor& x) {
    ++calls;
    return standard_normal(x);
  });
  const auto x = gaussian(3, 1, "x"), y = gaussian(3, 1, "y");
  EXPECT_EQ(function(x), standard_normal(x));
  const auto copy = function;  // as two detectors hold it
  EXPECT_EQ(copy(x), standard_normal(x));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(copy(y), standard_normal(y));
  EXPECT_EQ(function(x.clone()), standard_normal(x));
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace pushforward::ood
