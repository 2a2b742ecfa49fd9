#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pushforward/ood/detector.h"

namespace pushforward::ood {

/// −2 Σ_j ln p_j(x), Fisher's combination of the p-values of several detectors (Fisher 1925; for scores of
/// outliers Bates et al. 2023), fitted on in-distribution images alone: the members on every second one, and
/// their p-values on the others. p_j(s) is the share of these others that score at least s; from the highest
/// twentieth on, where shares would end at 1/n, an exponential tail with the mean excess of that twentieth
/// (Pickands 1975, shape 0):
///
///   p(s) = (1 + #{≥ s}) / (n + 1)                     s ≤ u, the 95 % quantile
///   p(s) = 0.05 exp(−(s − u) / β)                     s > u, β = mean(s − u | s > u)
///
/// Members that agree count twice, so the sum is a score and not χ² distributed; calibrate it as any other.
/// Those of typicality, complexity, latent-norm, likelihood-ratio, waic, reconstruction, energy, mahalanobis,
/// knn and filters that the model can answer are its members, at least two. Needs at least 4 images.
class Combination : public Detector {
 public:
  explicit Combination(const Outputs& model);

  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  struct Member {
    std::string name;
    std::unique_ptr<Detector> detector;
    std::vector<double> sorted = {};  // scores of the other half

    double log_p_value(double score) const;
  };

  std::vector<Member> members_;
};

}  // namespace pushforward::ood
