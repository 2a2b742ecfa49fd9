#include "pushforward/data/toys.h"

#include "tests/data/support.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

namespace pushforward::data {
namespace {

using std::numbers::pi;

double distance(std::array<double, 2> a, const float* b) {
  return std::hypot(a[0] - b[0], a[1] - b[1]);
}

double log_density(const Mixture& mixture, const float* x) {
  double sum = 0;
  for (const auto& centre : mixture.centres)
    sum += std::exp(-0.5 * std::pow(distance(centre, x) / mixture.sigma, 2));
  return std::log(sum /
                  (2 * pi * mixture.sigma * mixture.sigma * static_cast<double>(mixture.centres.size())));
}

TEST(Toys, TheEntropyOfMixturesIsTheirMeanNegativeLogDensity) {
  std::size_t mixtures = 0;
  for (const auto& toy : toys()) {
    if (!toy.modes) continue;
    ++mixtures;
    const auto points = draw(toy, "train", 200'000);
    double sum = 0;
    for (std::int64_t i = 0; i < points.count; ++i) sum -= log_density(*toy.modes, &points.values[2 * i]);
    // Var(−log p) ≤ 1 for round Gaussians: four standard errors.
    EXPECT_NEAR(sum / 200'000, toy.entropy, 4 / std::sqrt(200'000.0)) << toy.name;
  }
  EXPECT_EQ(mixtures, 3u);
  EXPECT_NEAR(find_toy("eight-gaussians")->entropy, 2.83, 0.005);
}

TEST(Toys, TheEntropyOfOverlappingGaussiansIsThatOfQuadrature) {
  const Mixture& mixture = *find_toy("eight-gaussians")->modes;
  const double step = mixture.sigma / 4;
  double mass = 0, entropy = 0;
  for (int i = -70; i <= 70; ++i)
    for (int j = -70; j <= 70; ++j) {
      const float x[] = {static_cast<float>(i * step), static_cast<float>(j * step)};
      const double log_p = log_density(mixture, x);
      if (std::isinf(log_p)) continue;
      mass += std::exp(log_p) * step * step;
      entropy -= std::exp(log_p) * log_p * step * step;
    }
  EXPECT_NEAR(mass, 1, 1e-6);
  EXPECT_NEAR(entropy, find_toy("eight-gaussians")->entropy, 1e-6);
}

/// The points that the noise of a set is around, each as likely, along its curves.
std::vector<std::array<double, 2>> curve(const std::string& name) {
  std::vector<std::array<double, 2>> points;
  constexpr int pieces = 400;
  for (int i = 0; i < pieces; ++i) {
    const double u = (i + 0.5) / pieces;
    if (name == "two-moons") {
      points.push_back({2 * std::cos(pi * u) - 1, 2 * std::sin(pi * u) - 0.2});
      points.push_back({1 - 2 * std::cos(pi * u), 0.8 - 2 * std::sin(pi * u)});
    } else if (name == "swiss-roll") {
      const double t = 1.5 * pi * (1 + 2 * u);
      points.push_back({t * std::cos(t) / 5, t * std::sin(t) / 5});
    } else if (name == "rings") {
      for (int k = 1; k <= 4; ++k)
        points.push_back({0.75 * k * std::cos(2 * pi * u), 0.75 * k * std::sin(2 * pi * u)});
    } else {
      const double t = 3 * pi * std::sqrt(u);
      points.push_back({-t * std::cos(t) / 3, t * std::sin(t) / 3});
    }
  }
  return points;
}

/// Of U[0, 1/6] + N(0, 0.1²).
double spread_of_spirals(double x) {
  const auto below = [](double z) { return 0.5 * std::erfc(-z / 0.1 / std::numbers::sqrt2); };
  return 6 * (below(x) - below(x - 1. / 6));
}

double log_density_of_spirals(const std::vector<std::array<double, 2>>& arm, const float* x) {
  double sum = 0;
  for (const auto& [a, b] : arm)
    for (const double side : {1., -1.})
      sum += spread_of_spirals(side * x[0] - a) * spread_of_spirals(side * x[1] - b);
  return std::log(sum / static_cast<double>(2 * arm.size()));
}

TEST(Toys, TheEntropyOfCurvesIsTheirMeanNegativeLogDensity) {
  constexpr std::int64_t count = 2500;
  for (const auto& [name, sigma] :
       {std::pair("two-moons", 0.2), {"swiss-roll", 0.2}, {"rings", 0.08}, {"two-spirals", 0.1}}) {
    const auto points = draw(*find_toy(name), "train", count);
    const Mixture mixture{curve(name), sigma};
    double sum = 0, squares = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto* x = &points.values[2 * i];
      const double log_p = name == std::string("two-spirals") ? log_density_of_spirals(mixture.centres, x)
                                                              : log_density(mixture, x);
      sum -= log_p;
      squares += log_p * log_p;
    }
    const double mean = sum / count, deviation = std::sqrt(squares / count - mean * mean);
    EXPECT_NEAR(mean, find_toy(name)->entropy, 4 * deviation / std::sqrt(count)) << name;
  }
}

TEST(Toys, EveryModeHoldsItsShareAndItsSpread) {
  for (const auto& toy : toys()) {
    if (!toy.modes) continue;
    const auto& [centres, sigma] = *toy.modes;
    const auto points = draw(toy, "test", 50'000);
    std::vector<double> counts(centres.size());
    double squares = 0;
    for (std::int64_t i = 0; i < points.count; ++i) {
      const float* x = &points.values[2 * i];
      const auto nearest =
          std::min_element(centres.begin(), centres.end(),
                           [&](const auto& a, const auto& b) { return distance(a, x) < distance(b, x); });
      ++counts[nearest - centres.begin()];
      squares += std::pow(distance(*nearest, x), 2);
    }
    const double share = 50'000.0 / static_cast<double>(centres.size());
    for (const double count : counts) EXPECT_NEAR(count, share, 5 * std::sqrt(share)) << toy.name;
    EXPECT_NEAR(squares / 50'000 / (2 * sigma * sigma), 1, 0.03) << toy.name;
  }
}

TEST(Toys, TheCheckerboardIsUniformOnItsEightSquares) {
  const Toy& toy = *find_toy("checkerboard");
  EXPECT_DOUBLE_EQ(toy.entropy, std::log(32.0));
  const auto points = draw(toy, "train", 40'000);
  std::array<std::array<int, 8>, 8> quarters{};
  for (std::int64_t i = 0; i < points.count; ++i)
    ++quarters[static_cast<std::size_t>(std::floor(points.values[2 * i] + 4))]
              [static_cast<std::size_t>(std::floor(points.values[2 * i + 1] + 4))];
  for (int x = 0; x < 8; ++x)
    for (int y = 0; y < 8; ++y) {
      if ((x / 2 + y / 2) % 2 == 0)
        EXPECT_NEAR(quarters[x][y], 1250, 5 * std::sqrt(1250)) << x << ", " << y;
      else
        EXPECT_EQ(quarters[x][y], 0) << x << ", " << y;
    }
}

TEST(Toys, MoonsAndRollLieOnTheirCurves) {
  const auto moons = draw(*find_toy("two-moons"), "train", 20'000);
  double squares = 0, upper = 0;
  for (std::int64_t i = 0; i < moons.count; ++i) {
    const double x = (moons.values[2 * i] + 1) / 2, y = (moons.values[2 * i + 1] + 0.2) / 2;
    const double outer = std::abs(std::hypot(x, std::max(y, 0.0)) - 1);
    const double inner = std::abs(std::hypot(x - 1, std::max(0.5 - y, 0.0)) - 1);
    squares += std::pow(std::min(outer, inner), 2);
    upper += outer < inner;
  }
  EXPECT_NEAR(std::sqrt(squares / 20'000), 0.1, 0.01);
  EXPECT_NEAR(upper / 20'000, 0.5, 0.02);

  const auto roll = draw(*find_toy("swiss-roll"), "train", 20'000);
  double off = 0;
  for (std::int64_t i = 0; i < roll.count; ++i) {
    double nearest = 1e9;
    for (double t = 1.5 * pi; t < 4.5 * pi; t += 0.05)
      nearest = std::min(nearest, distance({t * std::cos(t) / 5, t * std::sin(t) / 5}, &roll.values[2 * i]));
    off += nearest * nearest;
  }
  EXPECT_NEAR(std::sqrt(off / 20'000), 0.2, 0.01);
}

TEST(Toys, DrawsAreFunctionsOfSeedSplitAndPlace) {
  std::set<std::vector<float>> seen;
  for (const auto& toy : toys()) {
    const auto all = draw(toy, "train", 500, 3);
    EXPECT_EQ(draw(toy, "train", 500, 3).values, all.values);
    const auto some = draw(toy, "train", 20, 3).values;
    EXPECT_TRUE(std::equal(some.begin(), some.end(), all.values.begin())) << toy.name;
    seen.insert(some);
    seen.insert(draw(toy, "test", 20, 3).values);
    seen.insert(draw(toy, "train", 20, 4).values);
    EXPECT_TRUE(draw(toy, "train", 0).values.empty());
    for (const float v : all.values) EXPECT_TRUE(std::isfinite(v));
  }
  EXPECT_EQ(seen.size(), 3 * toys().size());
  expect_contains(message([] { draw(toys()[0], "train", -1); }), {"[toys] eight-gaussians", "found -1"});
}

TEST(Toys, HaveASignature) {
  // Whoever changes a stream or a convention changes what runs were trained on: say so when this moves.
  const std::pair<const char*, std::array<float, 2>> expected[] = {
      {"eight-gaussians", {0.67884547f, -3.2594645f}}, {"two-moons", {-0.11283984f, -1.3043728f}},
      {"checkerboard", {3.1584251f, 3.8261497f}},      {"swiss-roll", {-1.6644627f, -0.74141771f}},
      {"two-spirals", {-1.1762576f, -2.72945f}},       {"rings", {0.91542512f, 2.8446772f}}};
  for (const auto& [name, first] : expected) {
    const auto points = draw(*find_toy(name), "train", 1);
    EXPECT_FLOAT_EQ(points.values[0], first[0]) << name;
    EXPECT_FLOAT_EQ(points.values[1], first[1]) << name;
  }
}

}  // namespace
}  // namespace pushforward::data
