#pragma once

#include "pushforward/ood/detector.h"
#include "pushforward/ood/gaussian.h"

namespace pushforward::ood {

/// The squared Mahalanobis distance of an image's filter responses, for images uint8 [N, C, H, W]. It needs
/// no trained model, no labels, one pass over the images and one eigendecomposition:
///
///   r_sfc(x) = (10⁻⁴ + mean over cell c of max(0, w_f ∗ x_s))^¼      x_s: x averaged over s × s pixels
///   score    = (r − μ)ᵀ Σ⁻¹ (r − μ)                                  μ, Σ of the images fitted on
///
/// over scales s = 1, 2, 4 (those of which at least 4 × 4 pixels are left), 32 random filters 5 × 5 of mean 0
/// and norm 1, and 4 × 4 cells of the image. Where there is how much of which edge, at which scale: random
/// filters followed by rectification and pooling are known to describe textures and objects nearly as well as
/// learned ones (Jarrett et al. 2009, "What is the best multi-stage architecture for object recognition?";
/// Saxe et al. 2011, "On random weights and unsupervised feature learning"); the root is what makes
/// energies close to normal; the distance is that of Lee et al. 2018 without labels. Σ has a ridge of 10⁻³ of
/// its mean variance. Filters are those of stream (0, "ood.filters") and part of the state.
class Filters : public Detector {
 public:
  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  at::Tensor filters_;  // float32 [F, C, k, k]
  Gaussian gaussian_;
};

}  // namespace pushforward::ood
