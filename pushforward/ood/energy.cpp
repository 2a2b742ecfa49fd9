#include "pushforward/ood/energy.h"

#include "pushforward/core/error.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {

Energy::Energy(const Outputs& model) : logits_(model.logits) {
  if (!logits_) throw fail("[ood] the detector energy needs a model with logits: a classifier");
}

std::vector<double> Energy::do_score(const at::Tensor& x) const {
  if (x.size(0) == 0) return {};
  return values_of(-logits_(x).to(at::kDouble).logsumexp(1));
}

}  // namespace pushforward::ood
