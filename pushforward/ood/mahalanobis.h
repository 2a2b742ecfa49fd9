#pragma once

#include "pushforward/ood/detector.h"
#include "pushforward/ood/gaussian.h"

namespace pushforward::ood {

/// (f − μ)ᵀ Σ⁻¹ (f − μ) of an image's features f, μ and Σ those of the images fitted on (Lee et al. 2018, "A
/// simple unified framework for detecting out-of-distribution samples and adversarial attacks", equation 2,
/// without labels: one Gaussian in the place of one a class). Σ has a ridge of 10⁻⁶ of its mean variance.
class Mahalanobis : public Detector {
 public:
  explicit Mahalanobis(const Outputs& model);

  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  Features features_;
  Gaussian gaussian_;
};

}  // namespace pushforward::ood
