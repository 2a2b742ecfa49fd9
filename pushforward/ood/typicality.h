#pragma once

#include "pushforward/ood/detector.h"

namespace pushforward::ood {

/// |mean log p of M images − mean log p| in nats, the second mean over the images fitted on: distance from
/// the typical set, too likely being as odd as too unlikely (Nalisnick et al. 2019, "Detecting
/// out-of-distribution inputs to deep generative models using typicality", equation 4). With M > 1 what is
/// scored is a batch: M images one after another get one score.
class Typicality : public Detector {
 public:
  explicit Typicality(const Outputs& model, std::int64_t images_per_score = 1);

  std::int64_t images_per_score() const override { return images_; }
  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  PerImage log_prob_;
  std::int64_t images_;
  double mean_ = 0;
};

}  // namespace pushforward::ood
