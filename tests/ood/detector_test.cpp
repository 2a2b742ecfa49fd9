#include "pushforward/ood/detector.h"

#include "tests/expect.h"
#include "tests/ood/gaussians.h"
#include "tests/ood/images.h"
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "pushforward/metrics/roc.h"

namespace pushforward::ood {
namespace {

const Outputs likelihood_only = {.log_prob = standard_normal};

double auroc(const char* name, const at::Tensor& out) {
  const auto detector = make_detector(name, likelihood_only);
  detector->fit(gaussian(2000, 1, "train"));
  return metrics::roc(detector->score(gaussian(500, 1, "test")), detector->score(out)).auroc.value;
}

TEST(Detectors, LikelihoodIsTheNegativeLogDensity) {
  const auto detector = make_detector("likelihood", likelihood_only);
  const auto x = gaussian(7, 1, "x");
  detector->fit(x);
  const auto scores = detector->score(x), log_prob = standard_normal(x);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(scores[i], -log_prob[i]);
}

TEST(Detectors, TypicalityIsTheDistanceFromTheFittedMean) {
  const auto train = gaussian(300, 1, "train"), x = gaussian(7, 1, "x");
  const auto detector = make_detector("typicality", likelihood_only);
  detector->fit(train);
  double mean = 0;
  for (const double value : standard_normal(train)) mean += value / 300;
  const auto scores = detector->score(x), log_prob = standard_normal(x);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(scores[i], std::abs(log_prob[i] - mean), 1e-10);
  detector->fit(x);  // fitting anew forgets
  EXPECT_NE(detector->score(x)[0], scores[0]);
}

TEST(Detectors, TypicalityOfABatchIsThatOfItsMean) {
  const auto train = gaussian(300, 1, "train"), x = gaussian(27, 1, "x");
  const auto detector = make_detector("typicality-10", likelihood_only);
  detector->fit(train);
  EXPECT_EQ(detector->images_per_score(), 10);
  const auto scores = detector->score(x), log_prob = standard_normal(x), fitted = standard_normal(train);
  ASSERT_EQ(scores.size(), 2u);  // seven are left over
  double mean = 0, batch = 0;
  for (const double value : fitted) mean += value / 300;
  for (std::size_t i = 10; i < 20; ++i) batch += log_prob[i] / 10;
  EXPECT_NEAR(scores[1], std::abs(batch - mean), 1e-10);
  // Averaging ten halves what 10 / √10 divides: a shift that single images hide shows in batches.
  const auto wider = gaussian(500, 1.05, "wider");
  EXPECT_LT(auroc("typicality", wider), 0.75);
  EXPECT_GT(auroc("typicality-10", wider), 0.75);
}

TEST(Detectors, TypicalityCatchesTheTooLikely) {
  const auto narrow = gaussian(500, 0.5, "narrow"), wide = gaussian(500, 2, "wide"),
             same = gaussian(500, 1, "same");
  EXPECT_LT(auroc("likelihood", narrow), 0.01);
  EXPECT_GT(auroc("typicality", narrow), 0.99);
  EXPECT_GT(auroc("likelihood", wide), 0.99);
  EXPECT_GT(auroc("typicality", wide), 0.99);
  for (const auto* name : {"likelihood", "typicality"}) EXPECT_NEAR(auroc(name, same), 0.5, 0.06) << name;
}

TEST(Detectors, SumsOfAnswersAreWhatTheySay) {
  const auto x = noise_images(6, 1, "x");
  const auto model = full_model();
  const auto scores = [&](const char* name) {
    const auto detector = make_detector(name, model);
    detector->fit(x);
    return detector->score(x);
  };
  const auto p = model.log_prob(x), z = model.log_prob_latent(x), det = model.log_det(x),
             background = model.background(x), h = model.log_ratio(x), error = model.reconstruction_error(x);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_DOUBLE_EQ(scores("likelihood-ratio")[i], background[i] - p[i]);
    EXPECT_EQ(scores("latent-norm")[i], -z[i]);
    EXPECT_EQ(scores("discriminator")[i], -h[i]);
    EXPECT_DOUBLE_EQ(scores("corrected")[i], -p[i] - h[i]);
    EXPECT_EQ(scores("reconstruction")[i], error[i]);
    const double mean = (p[i] + z[i] + det[i]) / 3;
    const double variance =
        (std::pow(p[i] - mean, 2) + std::pow(z[i] - mean, 2) + std::pow(det[i] - mean, 2)) / 3;
    EXPECT_NEAR(scores("waic")[i], variance - mean, 1e-9 * variance);
  }
}

TEST(Detectors, WaicKeepsSmallDifferencesOfLargeNumbers) {
  const auto constant = [](double value) {
    return [value](const at::Tensor& x) { return std::vector(static_cast<std::size_t>(x.size(0)), value); };
  };
  const auto detector = make_detector("waic", {.ensemble = {constant(1e9 - 1), constant(1e9 + 1)}});
  detector->fit(at::zeros({1, 1}));
  EXPECT_EQ(detector->score(at::zeros({1, 1}))[0], 1 - 1e9);
  expect_says([&] { make_detector("waic", {.ensemble = {constant(0)}}); },
              "an ensemble of at least 2, got 1");
}

TEST(Detectors, AFittedOneCanBeKept) {
  const auto model = full_model();
  const auto train = noise_images(60, 1, "train"), x = noise_images(20, 1.2, "x");
  for (const auto& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    const auto detector = make_detector(kind, model), again = make_detector(kind, model);
    detector->fit(train);
    const auto state = detector->state();
    std::set<std::string> names;
    for (const auto& [name, tensor] : state) {
      EXPECT_TRUE(tensor.defined() && tensor.is_contiguous()) << name;
      EXPECT_TRUE(names.insert(name).second) << name;
    }
    again->restore(state);
    EXPECT_EQ(again->score(x), detector->score(x));
    auto other = state;
    other.emplace_back("other", at::zeros({1}));
    const auto anew = [&](const nn::NamedTensors& kept) {
      return [&, kept] { make_detector(kind, model)->restore(kept); };
    };
    expect_says(anew(other), "[ood] expected the state of");
    if (state.empty()) continue;
    expect_says(anew({}), "[ood] expected the state of a fitted");
    other = state;
    for (auto& [name, tensor] : other) tensor = at::zeros({1, 1, 1});
    expect_says(anew(other), "(-1: any), found [1, 1, 1]");
  }
}

TEST(Detectors, EveryKindSaysWhatIsWrong) {
  const auto model = full_model();
  for (const auto& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    if (!kind.needs.answers.empty())
      expect_says([&] { make_detector(kind, {}); },
                  fmt::format("[ood] the detector {} needs a model with ", kind.name));
    const auto detector = make_detector(kind, model);
    const auto x = noise_images(20, 1, "x");
    x.slice(0, 0, 10).slice(2, 0, 8).zero_();  // half of them simpler
    expect_says([&] { detector->score(x); }, "must be fitted");
    expect_says([&] { detector->fit(x.slice(0, 0, 0)); }, "got [0, 1, 16, 16]");
    detector->fit(x);
    EXPECT_TRUE(detector->score(x.slice(0, 0, 0)).empty());
    EXPECT_EQ(std::ssize(detector->score(x)), 20 / detector->images_per_score());
    EXPECT_EQ(detector->score(x), detector->score(x));
  }
}

/// What of `model` answers this, and nothing else.
Outputs only(const Outputs& model, Answer answer) {
  switch (answer) {
    case Answer::log_prob:
      return {.log_prob = model.log_prob};
    case Answer::log_prob_latent:
      return {.log_prob_latent = model.log_prob_latent};
    case Answer::log_det:
      return {.log_det = model.log_det};
    case Answer::background:
      return {.background = model.background};
    case Answer::ensemble:
      return {.ensemble = model.ensemble};
    case Answer::log_ratio:
      return {.log_ratio = model.log_ratio};
    case Answer::reconstruction_error:
      return {.reconstruction_error = model.reconstruction_error};
    case Answer::features:
      return {.features = model.features};
    case Answer::logits:
      return {.logits = model.logits};
  }
  return {};
}

TEST(Needs, AreAllThatADetectorTakes) {
  const auto model = full_model();
  for (const auto& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    std::vector<at::Tensor> growing;  // of more than one compressed length, which complexity divides by
    for (std::int64_t i = 0; i < kind.needs.images; ++i)
      growing.push_back(noise_images(1, 0.1 * static_cast<double>(1 + i % 10), "x" + std::to_string(i)));
    const auto least = at::cat(growing);
    // With no answer beyond one of each that it names, on the fewest images, it is fitted and scores.
    const std::size_t choices = kind.needs.answers.empty() ? 1 : kind.needs.answers.front().size();
    for (std::size_t choice = 0; choice < choices; ++choice) {
      Outputs some;
      for (const auto& any : kind.needs.answers) {
        const auto answer = any[std::min(choice, any.size() - 1)];
        const auto one = only(model, answer);
        EXPECT_FALSE(serves(some, kind.needs));
        if (one.log_prob) some.log_prob = one.log_prob;
        if (one.log_prob_latent) some.log_prob_latent = one.log_prob_latent;
        if (one.log_det) some.log_det = one.log_det;
        if (one.background) some.background = one.background;
        if (!one.ensemble.empty()) some.ensemble = one.ensemble;
        if (one.log_ratio) some.log_ratio = one.log_ratio;
        if (one.reconstruction_error) some.reconstruction_error = one.reconstruction_error;
        if (one.features) some.features = one.features;
        if (one.logits) some.logits = one.logits;
      }
      ASSERT_TRUE(serves(some, kind.needs));
      EXPECT_EQ(lack(kind.name, kind.needs, some), "");
      const auto detector = make_detector(kind, some);
      detector->fit(least);
      EXPECT_EQ(std::ssize(detector->score(least)), least.size(0) / detector->images_per_score());
    }
    const auto detector = make_detector(kind, model);
    if (kind.needs.images > 1)
      expect_says([&] { detector->fit(least.slice(0, 1)); },
                  fmt::format("needs at least {} in-distribution images to be fitted on, got {}",
                              kind.needs.images, kind.needs.images - 1));
    if (kind.needs.side > 0) {
      expect_says([&] { detector->fit(least.slice(2, 1, kind.needs.side)); },
                  fmt::format("of at least {0}×{0} pixels", kind.needs.side));
      expect_says([&] { detector->fit(least.to(at::kFloat)); }, "needs images uint8 [N, C, H, W]");
    }
  }
}

TEST(Needs, AreSaidByNameWithWhoHasThem) {
  const auto says = [](const char* name, const Outputs& model) {
    return lack(name, find_kind(name).needs, model);
  };
  EXPECT_EQ(
      says("likelihood-ratio", {}),
      "[ood] the detector likelihood-ratio needs a model with log_prob and a background, such as a flow "
      "and a second one trained on perturbed pixels");
  EXPECT_EQ(says("density-of-states", likelihood_only),
            "[ood] the detector density-of-states needs a model with log_prob_latent and log_det, such as a "
            "flow");
  EXPECT_EQ(says("waic", {.ensemble = {standard_normal}}),
            "[ood] the detector waic needs a model with an ensemble of at least 2, got 1");
  EXPECT_EQ(says("filters", {}), "");
}

TEST(Detectors, ANanIsNamed) {
  for (const auto* name : {"likelihood", "typicality"}) {
    const auto detector = make_detector(name, likelihood_only);
    detector->fit(gaussian(5, 1, "x"));
    auto broken = gaussian(5, 1, "x");
    broken[3][7] = std::nan("");
    expect_says([&] { detector->score(broken); }, "the score of image 3 is NaN");
  }
}

TEST(Detectors, AnswersMustBeOnePerImage) {
  const auto detector =
      make_detector("likelihood", {.log_prob = [](const at::Tensor&) { return std::vector{1.0}; }});
  detector->fit(gaussian(2, 1, "x"));
  expect_says([&] { detector->score(gaussian(2, 1, "x")); }, "expected 2 scores of 2 images, got 1");
}

TEST(Detectors, ImpossibleImagesAreMostAnomalous) {
  auto model = full_model();
  bool trained = false;
  const auto fall = [&](const PerImage& answer) {
    return [&trained, answer](const at::Tensor& x) {
      return trained
                 ? std::vector(static_cast<std::size_t>(x.size(0)), -std::numeric_limits<double>::infinity())
                 : answer(x);
    };
  };
  model.log_prob = fall(model.log_prob);
  model.log_prob_latent = fall(model.log_prob_latent);
  const auto x = noise_images(40, 1, "x");
  for (const auto* name : {"likelihood", "typicality", "typicality-10", "complexity", "likelihood-ratio",
                           "density-of-states", "latent-norm", "orientation", "combination"}) {
    trained = false;
    const auto detector = make_detector(name, model);
    detector->fit(x);
    trained = true;
    EXPECT_EQ(detector->score(x)[0], infinity) << name;
  }
  for (const auto* name : {"typicality", "density-of-states", "combination"})
    expect_says([&] { make_detector(name, model)->fit(x); }, "image 0 is");
}

TEST(Detectors, UnknownNamesAreUsageErrors) {
  EXPECT_THROW(find_kind("tipicality"), UsageError) << "what was asked for is wrong, not the model";
  expect_contains(
      message([] { make_detector("tipicality", likelihood_only); }),
      {"unknown detector tipicality: expected one of likelihood, typicality, ", "did you mean typicality?"});
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
  const ops::UsePrecision use(ops::Precision::bfloat16);
  function(x);
  function(x);
  EXPECT_EQ(calls, 4) << "of another precision the answer is another";
}

}  // namespace
}  // namespace pushforward::ood
