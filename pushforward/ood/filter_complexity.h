#pragma once

#include "pushforward/ood/filters.h"

namespace pushforward::ood {

/// Input complexity without a model: the distance of an image's filter responses (filters.h) in the place of
/// −log p(x), each term in units of its standard deviation over the images fitted on,
///
///   score = (d(x) − mean d) / sd d − (L(x) − mean L) / sd L
///
/// L the length of the image under zlib. As in Serrà et al. 2020 (complexity.h), what makes simple images
/// look familiar is taken off. So strokes on a plain ground are as odd as they should be, at a price: foreign
/// images that are more complicated than those fitted on, such as blends of two of them, are harder to tell
/// than by `filters` alone. Needs images of two code lengths at least.
class FilterComplexity : public Detector {
 public:
  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  struct Unit {
    double mean = 0, sd = 1;
  };

  Filters filters_;
  Unit distance_, length_;
};

}  // namespace pushforward::ood
