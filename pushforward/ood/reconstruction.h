#pragma once

#include "pushforward/ood/detector.h"

namespace pushforward::ood {

/// The mean squared error with which an autoencoder gives an image back (Sakurada and Yairi 2014): what it
/// was not trained on it cannot copy. Nothing is fitted.
class Reconstruction : public Detector {
 public:
  explicit Reconstruction(const Outputs& model);

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  PerImage error_;
};

}  // namespace pushforward::ood
