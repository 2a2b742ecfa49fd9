// Detectors that learn a density: held to one that is known.
#include "tests/ood/gaussians.h"
#include "tests/ood/images.h"
#include "tests/ops/tensors.h"
#include <gtest/gtest.h>

#include <map>

#include "pushforward/metrics/roc.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/ood/code_length.h"
#include "pushforward/ood/detector.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {
namespace {

/// Features that are the images themselves.
Outputs features_only() {
  Outputs model;
  model.features = [](const at::Tensor& x) { return x.to(at::kFloat); };
  return model;
}

TEST(Energy, IsMinusLogSumExp) {
  Outputs model;
  model.logits = [](const at::Tensor& x) { return x; };
  const auto detector = make_detector("energy", model);
  const auto logits = at::tensor({0.0, std::log(3.0), 1e4, 1e4, -1e4, -1e4}, at::kDouble).view({3, 2});
  detector->fit(logits);
  const auto scores = detector->score(logits);
  EXPECT_NEAR(scores[0], -std::log(4.0), 1e-12);
  EXPECT_NEAR(scores[1], -1e4 - std::log(2.0), 1e-9);
  EXPECT_NEAR(scores[2], 1e4 - std::log(2.0), 1e-9);
}

TEST(Mahalanobis, IsTheDistanceInTheFittedUnits) {
  const auto detector = make_detector("mahalanobis", features_only());
  const auto mix = at::eye(gaussian_dims, at::kDouble) + 0.1 * gaussian(gaussian_dims, 1, "mix");
  const auto train = gaussian(3000, 1, "train").mm(mix) + 5, x = gaussian(200, 1, "x").mm(mix) + 5;
  detector->fit(train);
  const auto centred = train - train.mean(0);
  const auto covariance = centred.t().mm(centred) / 2999;
  const auto y = x - train.mean(0);
  const auto exact = (y.mm(at::linalg_inv(covariance)) * y).sum(1);
  const auto scores = detector->score(x);
  for (std::int64_t i = 0; i < 200; ++i) {
    const auto value = exact[i].item<double>();
    EXPECT_NEAR(scores[static_cast<std::size_t>(i)], value, 1e-3 * value);
  }
  // χ² with 50 degrees of freedom: mean 50, variance 100.
  EXPECT_NEAR(metrics::mean_of(scores), gaussian_dims, 5 * std::sqrt(100.0 / 200) + 1);
}

TEST(Mahalanobis, SaysWhatCannotBeFitted) {
  const auto detector = make_detector("mahalanobis", features_only());
  expect_says([&] { detector->fit(at::ones({9, 3})); }, "all 3 features are constant over the 9");
  expect_says(
      [&] {
        detector->fit(at::ones({1, 3}));
      },
      "mahalanobis needs at least 2 in-distribution images to be fitted on, got 1");
  auto broken = gaussian(9, 1, "x");
  broken[4][1] = std::nan("");
  expect_says([&] { detector->fit(broken); }, "row 4 of 9 holds a number that is not finite");
  detector->fit(gaussian(99, 1, "x"));
  expect_says([&] { detector->score(at::ones({2, 3})); }, "expected 50 features of an image, got [2, 3]");
  // A feature that never varied has the width of the ridge: any move along it is far.
  auto flat = gaussian(20 * gaussian_dims, 1, "x");
  flat.select(1, 7).zero_();
  detector->fit(flat);
  const auto inside = detector->score(flat);
  flat.select(1, 7).fill_(1);
  EXPECT_GT(detector->score(flat)[0], 1000 * inside[0]);
}

TEST(Mahalanobis, OfFewImagesIsShrunkTowardsTheSphere) {
  // Chen et al. 2010, equation 23, of n = 40 in 50 dimensions, by the definition.
  const auto detector = make_detector("mahalanobis", features_only());
  const auto mix = at::eye(gaussian_dims, at::kDouble) + 0.5 * gaussian(gaussian_dims, 1, "mix");
  const auto train = gaussian(40, 1, "train").mm(mix), x = gaussian(20, 1, "x").mm(mix);
  detector->fit(train);
  const auto centred = train - train.mean(0);
  const auto covariance = centred.t().mm(centred) / 39;
  const double d = gaussian_dims, trace = covariance.trace().item<double>(),
               squares = covariance.square().sum().item<double>();
  const double rho =
      ((1 - 2 / d) * squares + trace * trace) / ((40 + 1 - 2 / d) * (squares - trace * trace / d));
  ASSERT_LT(rho, 0.9);
  const auto shrunk = covariance + rho / (1 - rho) * trace / d * at::eye(gaussian_dims, at::kDouble);
  const auto y = x - train.mean(0);
  const auto exact = (y.mm(at::linalg_inv(shrunk)) * y).sum(1);
  const auto scores = detector->score(x);
  for (std::int64_t i = 0; i < 20; ++i)
    EXPECT_NEAR(scores[static_cast<std::size_t>(i)], exact[i].item<double>(), 1e-3 * exact[i].item<double>());
}

TEST(Knn, IsTheDistanceToTheFiftiethDirection) {
  const auto detector = make_detector("knn", features_only());
  // 360 points on a circle, a degree apart: the k-th of either side is k/2 degrees away.
  const auto angle = at::arange(360, at::kDouble) * (std::numbers::pi / 180);
  const auto circle =
      at::stack({angle.cos(), angle.sin()}, 1) * (1 + at::arange(360, at::kDouble).unsqueeze(1));
  detector->fit(circle);
  const auto query = at::tensor({5.0, 0.0, -0.1, 0.0}, at::kDouble).view({2, 2});
  for (const double score : detector->score(query))
    EXPECT_NEAR(score, 2 * std::sin(25 * std::numbers::pi / 360), 1e-5);
  detector->fit(circle.slice(0, 0, 3));  // fewer than fifty: the furthest
  EXPECT_NEAR(detector->score(query)[0], 2 * std::sin(2 * std::numbers::pi / 360), 1e-5);
}

TEST(DensityOfStates, IsTheSumOfLogDensities) {
  std::vector<double> values;
  const auto told = [&](const at::Tensor&) { return values; };
  const auto detector =
      make_detector("density-of-states", {.log_prob = told, .log_prob_latent = told, .log_det = told});
  const auto images = noise_images(5000, 1, "x");
  values = normals(5000, "statistics");
  detector->fit(images);
  values = {0, 1, -1, 2, 1e3, -1e6};
  const auto scores = detector->score(images.slice(0, 0, 1).expand({6, 1, image_side, image_side}));
  for (const std::size_t i : {1, 2}) EXPECT_NEAR(scores[i] - scores[0], 3 * 0.5, 0.25);
  EXPECT_NEAR(scores[3] - scores[0], 3 * 2.0, 0.6);
  EXPECT_GT(scores[4], scores[3]);
  EXPECT_GT(scores[5], scores[4]);
  EXPECT_TRUE(std::isfinite(scores[5]));
  values = std::vector<double>(5000, 7.0);
  expect_says([&] { detector->fit(images); }, "log p(x) is the same for all 5000");
}

/// uint8 [n, 1, 28, 28] of stripes of random phase and width, along rows or columns.
at::Tensor stripes(std::int64_t n, bool rows, std::string_view purpose) {
  auto engine = stream(5, purpose);
  auto x = at::empty({n, 1, 28, 28}, at::kByte);
  for (std::int64_t i = 0; i < n; ++i) {
    const double phase = 7 * uniform01(engine), width = 5 + 3 * uniform01(engine);
    auto wave = ((at::arange(28, at::kDouble) / width + phase) * (2 * std::numbers::pi)).sin() * 100 + 128;
    x[i][0].copy_(rows ? wave.view({28, 1}).expand({28, 28}) : wave.view({1, 28}).expand({28, 28}));
  }
  return x;
}

TEST(Filters, TellOrientationsOfTheSamePixelsApart) {
  const auto detector = make_detector("filters", {});
  detector->fit(stripes(2000, true, "train"));
  const auto in = detector->score(stripes(300, true, "in")),
             out = detector->score(stripes(300, false, "out"));
  EXPECT_GT(metrics::roc(in, out).auroc.value, 0.999);
  const auto noise = noise_images(50, 1, "noise");
  EXPECT_GT(metrics::roc(in, detector->score(at::constant_pad_nd(noise, {6, 6, 6, 6}))).auroc.value, 0.999);
}

TEST(Filters, ScoreAnImageAloneAsAmongOthers) {
  const auto detector = make_detector("filters", {});
  detector->fit(stripes(500, true, "train"));
  const auto x = stripes(150, false, "x");
  const auto scores = detector->score(x);
  for (const std::int64_t i : {0, 70, 149}) {
    const double alone = detector->score(x.slice(0, i, i + 1))[0];
    EXPECT_NEAR(alone, scores[static_cast<std::size_t>(i)], 1e-4 * alone);
  }
}

TEST(Filters, TakeSmallAndColouredImagesAndSayWhatTheyDoNot) {
  const auto detector = make_detector("filters", {});
  expect_says([&] { detector->fit(gaussian(9, 1, "x")); }, "images uint8 [N, C, H, W]");
  expect_says([&] { detector->fit(at::zeros({9, 1, 3, 5}, at::kByte)); }, "at least 4×4 pixels");
  expect_says([&] { detector->fit(at::zeros({9, 1, 8, 8}, at::kByte)); }, "features are constant");
  for (const std::int64_t side : {4, 7, 8, 16, 33}) {
    const auto x = at::randint(0, 256, {40, 3, side, side}, nn::generator(side), at::kByte);
    detector->fit(x);
    EXPECT_EQ(detector->score(x).size(), 40u) << side;
  }
  expect_says(
      [&] {
        detector->score(at::zeros({2, 1, 33, 33}, at::kByte));
      },
      "3 channels, as those fitted on, got 1");
  expect_says([&] { detector->score(at::zeros({2, 3, 8, 8}, at::kByte)); }, "features of an image, got [2, ");
}

TEST(FilterComplexity, TakesOffWhatSimpleImagesAreSpared) {
  // Twice as far for what is as long; the shorter of two at the same distance.
  const auto train = noise_images(800, 1, "train");
  const auto detector = make_detector("filter-complexity", {}), filters = make_detector("filters", {});
  detector->fit(train);
  filters->fit(train);
  const auto x = noise_images(50, 1, "x");
  const auto dx = filters->score(x), scores = detector->score(x);
  std::vector<double> d;  // of each half under a fit to the other: 800 images are few
  for (const std::int64_t fitted : {0, 1}) {
    const auto half = make_detector("filters", {});
    half->fit(train.slice(0, fitted, 800, 2).contiguous());
    for (const double value : half->score(train.slice(0, 1 - fitted, 800, 2).contiguous()))
      d.push_back(value);
  }
  const auto length = code_length(train, {compressor("deflate")}),
             lx = code_length(x, {compressor("deflate")});
  for (std::size_t i = 0; i < 50; ++i)
    EXPECT_NEAR(scores[i],
                (dx[i] - metrics::mean_of(d)) / metrics::sd_of(d) -
                    (lx[i] - metrics::mean_of(length)) / metrics::sd_of(length),
                1e-9);
  const auto flat = at::full({1, 1, image_side, image_side}, 128, at::kByte);
  EXPECT_GT(detector->score(flat)[0], *std::max_element(scores.begin(), scores.end()));
  expect_says(
      [&] {
        detector->fit(train.slice(0, 0, 1).expand({9, 1, image_side, image_side}));
      },
      "features are constant over the 9");
}

TEST(FilterComplexity, OfFewImagesWeighsBothOfItsParts) {
  const auto detector = make_detector("filter-complexity", {});
  detector->fit(noise_images(80, 1, "train"));
  const auto familiar = detector->score(noise_images(200, 1, "familiar"));
  EXPECT_LT(std::abs(metrics::mean_of(familiar)), 3) << "in units of what it is fitted on";
  EXPECT_LT(metrics::sd_of(familiar), 5);
  expect_says([&] { detector->fit(noise_images(3, 1, "train")); }, "at least 4 in-distribution images");
}

TEST(Detectors, StateHowManyImagesTheyNeed) {
  const std::map<std::string, std::int64_t> more_than_one{{"density-of-states", 2}, {"orientation", 2},
                                                          {"mahalanobis", 2},       {"filters", 2},
                                                          {"filter-complexity", 4}, {"combination", 4}};
  for (const auto& kind : kinds()) {
    const auto found = more_than_one.find(kind.name);
    EXPECT_EQ(kind.needs.images, found == more_than_one.end() ? 1 : found->second) << kind.name;
  }
}

TEST(Orientation, KnowsWhatTheFamiliarAreSymmetricIn) {
  // Likely are images that are light at the top, however light.
  const auto rows = at::linspace(-1, 1, 28, at::kDouble).view({1, 1, 28, 1});
  const Outputs model{.log_prob = [=](const at::Tensor& x) {
    return values_of(-(x.to(at::kDouble) * rows).sum({1, 2, 3}));
  }};
  const auto lit = [&](std::string_view purpose) {
    const auto slope = normal({300, 1, 1, 1}, purpose.size(), at::kDouble).abs() + 0.5;
    const auto grain = normal({300, 1, 28, 28}, purpose.size() + 9, at::kDouble) * 4;
    return (128 - 40 * slope * rows + grain).clamp(0, 255).to(at::kByte);
  };
  const auto detector = make_detector("orientation", model);
  detector->fit(lit("train"));
  const auto in = lit("in");
  const auto familiar = detector->score(in);
  const auto auroc = [&](const at::Tensor& out) {
    return metrics::roc(familiar, detector->score(out.contiguous())).auroc.value;
  };
  EXPECT_GT(auroc(in.flip({2})), 0.99);
  EXPECT_GT(auroc(in.transpose(2, 3)), 0.9);
  EXPECT_NEAR(auroc(in.flip({3})), 0.5, 0.02);  // mirrored from left to right it is as familiar
}

TEST(Orientation, SaysNothingWhereTheDensityKnowsNone) {
  const auto detector = make_detector("orientation", {.log_prob = full_model().log_prob_latent});
  detector->fit(noise_images(50, 1, "train"));
  for (const double score : detector->score(noise_images(20, 1.5, "x"))) EXPECT_EQ(score, 0);
}

TEST(Orientation, NamesANanAndRefusesABrokenState) {
  const auto rows = at::arange(16, at::kDouble).view({1, 1, 16, 1});
  bool spoils = false;
  const Outputs model{.log_prob = [&](const at::Tensor& x) {
    auto values = values_of((x.to(at::kDouble) * rows).sum({1, 2, 3}));
    if (spoils) values[3] = std::nan("");
    spoils = !spoils;  // every second answer
    return values;
  }};
  const auto detector = make_detector("orientation", model);
  const auto x = noise_images(30, 1, "x");
  spoils = false;
  expect_says([&] { detector->fit(x), detector->score(x); }, "NaN");
  const auto whole = make_detector("orientation", full_model());
  for (const auto& [means, sds] : std::vector<std::pair<std::int64_t, std::int64_t>>{{7, 1}, {2, 2}, {3, 7}})
    expect_says(
        [&] {
          whole->restore({{"means", at::ones({means}, at::kDouble)}, {"sds", at::ones({sds}, at::kDouble)}});
        },
        "expected the state of a fitted orientation");
  expect_says(
      [&] {
        whole->restore({{"means", at::ones({3}, at::kDouble)}, {"sds", -at::ones({3}, at::kDouble)}});
      },
      "expected the state of a fitted orientation");
}

TEST(Orientation, TakesOblongImagesAndNoOthersThen) {
  const auto detector = make_detector("orientation", full_model());
  const auto x = noise_images(30, 1, "x");
  detector->fit(x.slice(2, 0, 8));
  EXPECT_EQ(detector->score(x.slice(2, 0, 8)).size(), 30U);
  expect_says([&] { detector->score(x); }, "fitted on oblong images");
}

TEST(Combination, MembersHaveUniformPValues) {
  const auto model = full_model();
  const auto detector = make_detector("combination", model);
  detector->fit(noise_images(3000, 1, "train"));
  const auto scores = detector->score(noise_images(1000, 1, "fresh"));
  // −2 ln p has mean 2 whatever the members have in common; there are eleven.
  EXPECT_NEAR(metrics::mean_of(scores), 22, 1.5);
}

TEST(Combination, DoesNotSaturate) {
  const auto detector = make_detector("combination", full_model());
  detector->fit(noise_images(1000, 1, "train"));
  double before = metrics::mean_of(detector->score(noise_images(100, 1, "fresh")));
  for (const double scale : {1.2, 1.5, 2.0, 3.0}) {
    const double now = metrics::mean_of(detector->score(noise_images(100, scale, "wide")));
    EXPECT_GT(now, 1.2 * before) << scale;
    before = now;
  }
}

TEST(Combination, NeedsMembersAndImages) {
  expect_says([] { make_detector("combination", features_only())->fit(noise_images(3, 1, "x")); },
              "at least 4");
  expect_says([] { make_detector("combination", {}); }, "combination needs a model");
  auto fewer = full_model();
  const auto detector = make_detector("combination", fewer);
  detector->fit(noise_images(60, 1, "x"));
  auto older = detector->state();
  std::erase_if(older, [](const auto& entry) { return entry.first.starts_with("orientation"); });
  make_detector("combination", fewer)->restore(older);  // one of before there was an orientation
  fewer.logits = nullptr;
  expect_says([&] { make_detector("combination", fewer)->restore(detector->state()); }, "companions");
}

}  // namespace
}  // namespace pushforward::ood
