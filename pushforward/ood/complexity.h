#pragma once

#include <vector>

#include "pushforward/ood/compressor.h"
#include "pushforward/ood/detector.h"

namespace pushforward::ood {

/// The shortest length in nats of each of the images uint8 [N, C, H, W] under these compressors. Throws Error
/// for tensors of another type or shape.
std::vector<double> code_length(const at::Tensor& x, const std::vector<Compressor>& compressors);

/// −log p(x) − L(x) in nats, L the length of the compressed image, the shortest of several compressors: what
/// makes simple images likely under any model is taken off (Serrà et al. 2020, "Input complexity and
/// out-of-distribution detection with likelihood-based generative models", equation 2). A density on [0, 1]^D
/// is smaller than that of 256 levels by a constant, which ranks nothing. Nothing is fitted.
class Complexity : public Detector {
 public:
  Complexity(const Outputs& model, std::vector<Compressor> compressors);

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  PerImage log_prob_;
  std::vector<Compressor> compressors_;
};

}  // namespace pushforward::ood
