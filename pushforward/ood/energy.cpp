#include "pushforward/ood/detector.h"
#include "pushforward/ood/kinds.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {
namespace {

/// −ln Σ_k exp f_k(x) of a classifier's logits f (Liu et al. 2020, "Energy-based out-of-distribution
/// detection", equation 4 at temperature 1). Nothing is fitted.
class Energy final : public Detector {
 public:
  explicit Energy(const Outputs& model) : logits_(model.logits) {}

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  Features logits_;
};

std::vector<double> Energy::do_score(const at::Tensor& x) const {
  if (x.size(0) == 0) return {};
  return values_of(-logits_(x).to(at::kDouble).logsumexp(1));
}

}  // namespace

Kind energy_kind() {
  return {.name = "energy",
          .summary = "−ln Σ exp of a classifier's logits",
          .needs = {.answers = {{Answer::logits}}},
          .make = make<Energy>};
}

}  // namespace pushforward::ood
