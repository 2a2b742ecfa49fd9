#include "pushforward/ood/reconstruction.h"

#include "pushforward/core/error.h"

namespace pushforward::ood {

Reconstruction::Reconstruction(const Outputs& model) : error_(model.reconstruction_error) {
  if (!error_)
    throw fail("[ood] the detector reconstruction needs a model with reconstruction_error: an autoencoder");
}

std::vector<double> Reconstruction::do_score(const at::Tensor& x) const {
  return error_(x);
}

}  // namespace pushforward::ood
