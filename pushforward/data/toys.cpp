#include "pushforward/data/toys.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"

namespace pushforward::data {
namespace {

using Point = std::array<double, 2>;
using std::numbers::pi, std::numbers::sqrt2;

Mixture circle(double radius, double sigma) {
  Mixture mixture{.centres = {}, .sigma = sigma};
  for (int k = 0; k < 8; ++k)
    mixture.centres.push_back({radius * std::cos(k * pi / 4), radius * std::sin(k * pi / 4)});
  return mixture;
}

Mixture grid() {
  Mixture mixture{.centres = {}, .sigma = 0.05};
  for (int i = -2; i <= 2; ++i)
    for (int j = -2; j <= 2; ++j) mixture.centres.push_back({2.0 * i, 2.0 * j});
  return mixture;
}

const Mixture eight = circle(2 * sqrt2, 0.25 * sqrt2), ring = circle(2, 0.02), square_grid = grid();

Point noisy(Point point, double sigma, std::mt19937_64& engine) {
  for (auto& coordinate : point) coordinate += sigma * normal01(engine);
  return point;
}

template <const Mixture& mixture>
Point from(std::mt19937_64& engine) {
  return noisy(mixture.centres[uniform_below(engine, mixture.centres.size())], mixture.sigma, engine);
}

Point two_moons(std::mt19937_64& engine) {
  const bool inner = uniform_below(engine, 2) == 1;
  const double t = pi * uniform01(engine);
  const Point moon =
      noisy(inner ? Point{1 - std::cos(t), 0.5 - std::sin(t)} : Point{std::cos(t), std::sin(t)}, 0.1, engine);
  return {2 * moon[0] - 1, 2 * moon[1] - 0.2};
}

Point checkerboard(std::mt19937_64& engine) {
  const auto column = uniform_below(engine, 4), row = 2 * uniform_below(engine, 2) + column % 2;
  const double x = uniform01(engine), y = uniform01(engine);
  return {2 * (static_cast<double>(column) + x) - 4, 2 * (static_cast<double>(row) + y) - 4};
}

Point swiss_roll(std::mt19937_64& engine) {
  const double t = 1.5 * pi * (1 + 2 * uniform01(engine));
  return noisy({t * std::cos(t) / 5, t * std::sin(t) / 5}, 0.2, engine);
}

Point two_spirals(std::mt19937_64& engine) {
  const double side = uniform_below(engine, 2) == 1 ? 1 : -1, t = 3 * pi * std::sqrt(uniform01(engine));
  const double x = -t * std::cos(t) + 0.5 * uniform01(engine), y = t * std::sin(t) + 0.5 * uniform01(engine);
  return noisy({side * x / 3, side * y / 3}, 0.1, engine);
}

Point rings(std::mt19937_64& engine) {
  const double radius = 0.75 * static_cast<double>(1 + uniform_below(engine, 4)),
               t = 2 * pi * uniform01(engine);
  return noisy({radius * std::cos(t), radius * std::sin(t)}, 0.08, engine);
}

double entropy_apart(const Mixture& mixture) {
  return std::log(static_cast<double>(mixture.centres.size())) +
         std::log(2 * pi * std::numbers::e * mixture.sigma * mixture.sigma);
}

// By quadrature of −p ln p over the plane, where p is an integral over a curve's parameter or a sum.
constexpr double eight_gaussians_entropy = 2.831578360526;  // ln 2πe less 0.0063 for the overlap
constexpr double two_moons_entropy = 2.393879, swiss_roll_entropy = 2.669646, two_spirals_entropy = 2.645448,
                 rings_entropy = 2.623183;

const std::vector<Toy> table{
    {"eight-gaussians", "8 Gaussians on a circle, radius 2.83, σ 0.354", eight_gaussians_entropy, eight,
     from<eight>},
    {"gaussian-ring", "8 sharp Gaussians on a circle, radius 2, σ 0.02", entropy_apart(ring), ring,
     from<ring>},
    {"25-gaussians", "25 Gaussians on a 5×5 grid, 2 apart, σ 0.05", entropy_apart(square_grid), square_grid,
     from<square_grid>},
    {"two-moons", "two interleaved half circles", two_moons_entropy, std::nullopt, two_moons},
    {"checkerboard", "8 squares of a 4×4 board on [−4, 4]²", std::log(32.0), std::nullopt, checkerboard},
    {"swiss-roll", "a spiral of one and a half turns", swiss_roll_entropy, std::nullopt, swiss_roll},
    {"two-spirals", "two interleaved spirals of one and a half turns", two_spirals_entropy, std::nullopt,
     two_spirals},
    {"rings", "4 rings around each other, radii 0.75 to 3, σ 0.08", rings_entropy, std::nullopt, rings},
};

}  // namespace

const std::vector<Toy>& toys() {
  return table;
}

const Toy* find_toy(std::string_view name) {
  const auto toy = std::find_if(table.begin(), table.end(), [&](const Toy& t) { return t.name == name; });
  return toy == table.end() ? nullptr : &*toy;
}

Points draw(const Toy& toy, const std::string& split, std::int64_t count, std::uint64_t seed) {
  if (count < 0) throw fail("[toys] {}: expected a count of at least 0, found {}", toy.name, count);
  Points points{.name = toy.name + ":" + split, .source = {}, .count = count, .dims = 2, .values = {}};
  points.values.reserve(static_cast<std::size_t>(2 * count));
  auto engine = stream(seed, "data." + points.name);
  for (std::int64_t i = 0; i < count; ++i)
    for (const double coordinate : toy.draw(engine)) points.values.push_back(static_cast<float>(coordinate));
  return points;
}

}  // namespace pushforward::data
