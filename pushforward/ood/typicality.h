#pragma once

#include "pushforward/ood/detector.h"

namespace pushforward::ood {

/// |log p(x) − mean log p| in nats, the mean over the images fitted on: distance from the typical set,
/// too likely being as odd as too unlikely (Nalisnick et al. 2019, "Detecting out-of-distribution inputs
/// to deep generative models using typicality", equation 4 with batches of one).
class Typicality : public Detector {
 public:
  explicit Typicality(const Model& model);

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  PerImage log_prob_;
  double mean_ = 0;
};

}  // namespace pushforward::ood
