#include "pushforward/ood/mahalanobis.h"

#include "pushforward/core/error.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {

Mahalanobis::Mahalanobis(const Outputs& model) : features_(model.features) {
  if (!features_)
    throw fail(
        "[ood] the detector mahalanobis needs a model with features, such as a classifier or autoencoder");
}

void Mahalanobis::do_fit(const at::Tensor& in) {
  gaussian_ = Gaussian::of(metrics::GaussianStatistics::of(features_(in)), 1e-6);
}

std::vector<double> Mahalanobis::do_score(const at::Tensor& x) const {
  if (x.size(0) == 0) return {};
  return values_of(gaussian_.square_distance(features_(x)));
}

nn::NamedTensors Mahalanobis::state() const {
  return {{"mean", gaussian_.mean}, {"whiten", gaussian_.whiten}};
}

void Mahalanobis::do_restore(const nn::NamedTensors& state) {
  const auto tensors = take(state, "mahalanobis", {{"mean", {-1}}, {"whiten", {-1, -1}}}, at::kFloat);
  gaussian_ = {tensors[0], tensors[1]};
}

}  // namespace pushforward::ood
