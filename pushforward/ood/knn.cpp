#include "pushforward/ood/knn.h"

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/metrics/nearest_neighbours.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {
namespace {

at::Tensor normalised(const at::Tensor& features) {
  const auto x = features.to(at::kFloat);
  return (x / x.norm(2, 1, true).clamp_min(1e-12)).contiguous();
}

}  // namespace

Knn::Knn(const Outputs& model) : features_(model.features) {
  if (!features_)
    throw fail("[ood] the detector knn needs a model with features, such as a classifier or autoencoder");
}

void Knn::do_fit(const at::Tensor& in) {
  points_ = normalised(features_(in));
}

std::vector<double> Knn::do_score(const at::Tensor& x) const {
  if (x.size(0) == 0) return {};
  const auto k = std::min<std::int64_t>(50, points_.size(0));
  return values_of(
      metrics::nearest_neighbours(normalised(features_(x)), points_, k).distances.select(1, k - 1));
}

nn::NamedTensors Knn::state() const {
  return {{"points", points_}};
}

void Knn::do_restore(const nn::NamedTensors& state) {
  points_ = take(state, "knn", {{"points", {-1, -1}}}, at::kFloat).front();
}

}  // namespace pushforward::ood
