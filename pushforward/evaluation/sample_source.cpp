#include "pushforward/evaluation/sample_source.h"

#include <algorithm>
#include <filesystem>
#include <span>

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

bool is_list_of_numbers(const data::Spec& spec) {
  return spec.kind() == data::SpecKind::npy_file && spec.text() == spec.base() &&
         data::npy_shape(spec.base()).size() == 1;
}

models::Examples read_numbers(const data::Spec& spec) {
  const auto& path = spec.base();
  auto values = data::read_npy(path).values<float>();
  if (values.empty()) throw fail("{}: expected numbers, found none", path);
  const auto shape = models::Shape::of_points(1);
  return {.name = path, .shape = shape, .values = at::tensor(values).view({-1, 1}), .spec = spec};
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

models::Examples load_side(const std::string& spec, std::int64_t n, std::uint64_t seed,
                           const std::string& checkpoint) {
  if (is_run(spec)) return draw_from(spec, n == 0 ? usual_samples : n, seed, checkpoint);
  const data::Spec data(spec);
  auto set = is_list_of_numbers(data) ? read_numbers(data) : models::load_examples(data);
  if (set.values.size(0) < 2) throw fail("{}: expected at least 2 samples to compare, found 1", set.name);
  thin(set, n, seed);
  return set;
}

std::pair<models::Examples, models::Examples> load_sides(const std::string& a, const std::string& b,
                                                         std::int64_t n, std::uint64_t seed) {
  auto sides = std::pair(load_side(a, n, seed), load_side(b, n, seed + 1));
  if (sides.first.shape != sides.second.shape)
    throw usage("{}, {}: both must be of one shape", sides.first.text(), sides.second.text());
  return sides;
}

}  // namespace pushforward::evaluation
