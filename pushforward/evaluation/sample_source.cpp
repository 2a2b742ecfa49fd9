#include "pushforward/evaluation/sample_source.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/data/load.h"
#include "pushforward/data/npy.h"
#include "pushforward/metrics/content_order.h"
#include "pushforward/models/run.h"
#include "pushforward/nn/module.h"

namespace pushforward::evaluation {
namespace {

models::Examples draw_from(const std::string& folder, std::int64_t n, std::uint64_t seed,
                           const std::string& checkpoint) {
  const auto run = models::Run::open(folder, checkpoint);
  at::NoGradGuard no_grad;
  const auto x = models::expect_sampler(run.model).sample(n, {}, nn::generator(stream_key(seed, "sample")));
  if (const auto bad = models::not_finite(x); bad > 0)
    throw fail(
        "{}: {} of {} samples are not finite; look at the run's curves or sample an earlier checkpoint",
        folder, bad, n);
  return {.name = folder, .shape = run.shape(), .values = run.shape().points() ? x : run.pixels(x)};
}

/// Numbers in float64, in which they are compared: no model sees them.
models::Examples read_table(const data::Spec& spec) {
  const auto& path = spec.base();
  const auto array = data::read_npy(path);
  if (array.type == data::NpyType::uint8 && array.shape.size() == 2)
    throw fail("{}: expected numbers of float32, float64 or int64, found {}", path, name_of(array.type));
  const auto values = array.values<double>();
  if (values.empty()) throw fail("{}: expected numbers, found none", path);
  const auto n = array.shape.empty() ? 1 : array.shape.front();
  const auto broken = std::ranges::find_if_not(values, [](double value) { return std::isfinite(value); });
  if (broken != values.end())
    throw fail("{}: expected finite numbers, found {} in point {}", path, *broken,
               (broken - values.begin()) / (std::ssize(values) / n));
  return {.name = path,
          .shape = models::Shape::of_points(std::ssize(values) / n),
          .values = at::tensor(values, at::kDouble).view({n, -1}),
          .spec = spec};
}

/// A random n of a larger set.
void thin(models::Examples& set, std::int64_t n, std::uint64_t seed) {
  if (n == 0 || n >= set.values.size(0)) return;
  const auto chosen = metrics::content_order(set.values, seed, "choose").narrow(0, 0, n);
  set.values = set.values.index_select(0, chosen);
  if (set.labels.defined()) set.labels = set.labels.index_select(0, chosen);
}

}  // namespace

bool is_run(const std::string& spec) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(std::filesystem::path(spec) / "config.toml", ignored);
}

bool is_table(const data::Spec& spec) {
  return spec.kind() == data::SpecKind::npy_file && spec.text() == spec.base() &&
         data::npy_shape(spec.base()).size() <= 2;
}

models::Examples load_side(const std::string& spec, std::int64_t n, std::uint64_t seed,
                           const std::string& checkpoint, const data::Reading& reading) {
  if (is_run(spec)) return draw_from(spec, n == 0 ? usual_samples : n, seed, checkpoint);
  const auto data = data::Spec(spec).with(reading);
  auto set = is_table(data) ? read_table(data) : models::load_examples(data);
  if (set.values.size(0) < 2) throw fail("{}: expected at least 2 samples to compare, found 1", set.name);
  thin(set, n, seed);
  return set;
}

std::pair<models::Examples, models::Examples> load_sides(const std::string& a, const std::string& b,
                                                         std::int64_t n, std::uint64_t seed,
                                                         const data::Reading& reading) {
  auto sides = std::pair(load_side(a, n, seed, "last", reading), load_side(b, n, seed + 1, "last", reading));
  if (sides.first.shape != sides.second.shape)
    throw usage("{}, {}: both must be of one shape", sides.first.text(), sides.second.text());
  return sides;
}

}  // namespace pushforward::evaluation
