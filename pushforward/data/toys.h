// Densities in the plane that models are tried on, drawn on demand.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "pushforward/data/points.h"

namespace pushforward::data {

/// An equal mixture of round Gaussians.
struct Mixture {
  std::vector<std::array<double, 2>> centres;
  double sigma = 0;
};

/// One of
///   eight-gaussians  centres on a circle of radius 2√2, σ = 1/(2√2): those of FFJORD (Grathwohl et al. 2019)
///   gaussian-ring    centres on a circle of radius 2, σ = 0.02: those of unrolled GANs (Metz et al. 2017)
///   25-gaussians     centres on {−4, −2, 0, 2, 4}², σ = 0.05: the 2D grid of VEEGAN (Srivastava et al. 2017)
///   two-moons        (cos t, sin t) and (1 − cos t, ½ − sin t), t ~ U[0, π], plus N(0, 0.1²), times 2 plus
///                    (−1, −0.2): FFJORD's
///   checkerboard     uniform on 8 of the 4×4 squares of [−4, 4]²: FFJORD's
///   swiss-roll       (t cos t, t sin t)/5, t ~ U[1.5π, 4.5π], plus N(0, 0.2²): FFJORD's
///   two-spirals      ±(−t cos t + u, t sin t + v)/3, t = 3π√w, u, v ~ U[0, ½], w ~ U[0, 1], plus N(0, 0.1²):
///                    FFJORD's
///   rings            around the origin with radii 0.75, 1.5, 2.25 and 3, each as likely, plus N(0, 0.08²):
///                    FFJORD's
struct Toy {
  std::string name;
  std::string about;
  /// Differential entropy in nats: no model's mean −log p(x) can be below it. Closed for the checkerboard
  /// (ln 32); ln K + ln(2πeσ²) for Gaussians that do not overlap, else by quadrature.
  double entropy = 0;
  std::optional<Mixture> modes;
  std::array<double, 2> (*draw)(std::mt19937_64& engine);
};

const std::vector<Toy>& toys();

/// Null for a name that is none of them.
const Toy* find_toy(std::string_view name);

inline constexpr std::int64_t toy_train_count = 50'000, toy_test_count = 10'000;

/// The first `count` points of the toy's split ("train" or "test", two streams) under `seed`: fewer points
/// are the beginning of more. Throws Error for a negative count.
Points draw(const Toy& toy, const std::string& split, std::int64_t count, std::uint64_t seed = 0);

}  // namespace pushforward::data
