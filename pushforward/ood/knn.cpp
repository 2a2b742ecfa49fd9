#include <algorithm>

#include "pushforward/metrics/nearest_neighbours.h"
#include "pushforward/ood/detector.h"
#include "pushforward/ood/kinds.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {
namespace {

at::Tensor normalised(const at::Tensor& features) {
  const auto x = features.to(at::kFloat);
  return (x / x.norm(2, 1, true).clamp_min(1e-12)).contiguous();
}

/// The distance of an image's features, divided by their norm, to the k-th nearest of those fitted on (Sun
/// et al. 2022, "Out-of-distribution detection with deep nearest neighbors", section 3), k = min(50, images
/// fitted on).
class Knn final : public Detector {
 public:
  explicit Knn(const Outputs& model) : features_(model.features) {}

  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  Features features_;
  at::Tensor points_;  // float32 [n, d], of norm 1
};

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

}  // namespace

Kind knn_kind() {
  return {.name = "knn",
          .summary = "distance of features to the 50th neighbour",
          .needs = {.answers = {{Answer::features}}},
          .make = make<Knn>};
}

}  // namespace pushforward::ood
