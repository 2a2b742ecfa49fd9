#include "pushforward/ood/detector.h"
#include "pushforward/ood/gaussian.h"
#include "pushforward/ood/kinds.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {
namespace {

/// (f − μ)ᵀ Σ⁻¹ (f − μ) of an image's features f, μ and Σ those of the images fitted on (Lee et al. 2018, "A
/// simple unified framework for detecting out-of-distribution samples and adversarial attacks", equation 2,
/// without labels: one Gaussian in the place of one a class). Σ has a ridge of 10⁻⁶ of its mean variance.
class Mahalanobis final : public Detector {
 public:
  explicit Mahalanobis(const Outputs& model) : features_(model.features) {}

  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  Features features_;
  Gaussian gaussian_;
};

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

}  // namespace

Kind mahalanobis_kind() {
  return {.name = "mahalanobis",
          .summary = "distance of features from one Gaussian",
          .needs = {.answers = {{Answer::features}}, .images = 2},
          .make = make<Mahalanobis>};
}

}  // namespace pushforward::ood
