#pragma once

#include "pushforward/ood/detector.h"

namespace pushforward::ood {

/// The distance of an image's features, divided by their norm, to the k-th nearest of those fitted on (Sun
/// et al. 2022, "Out-of-distribution detection with deep nearest neighbors", section 3), k = min(50, images
/// fitted on).
class Knn : public Detector {
 public:
  explicit Knn(const Outputs& model);

  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  Features features_;
  at::Tensor points_;  // float32 [n, d], of norm 1
};

}  // namespace pushforward::ood
