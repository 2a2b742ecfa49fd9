#include "pushforward/ood/detector.h"
#include "pushforward/ood/kinds.h"

namespace pushforward::ood {
namespace {

/// −log p(x) in nats (Bishop 1994). Blind to sets that the model finds likelier than its own, which is
/// what deep models do to simpler images (Nalisnick et al. 2019, "Do deep generative models know what
/// they don't know?"). Nothing is fitted.
class Likelihood final : public Detector {
 public:
  explicit Likelihood(const Outputs& model) : log_prob_(model.log_prob) {}

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  PerImage log_prob_;
};

std::vector<double> Likelihood::do_score(const at::Tensor& x) const {
  auto scores = log_prob_(x);
  for (auto& score : scores) score = -score;
  return scores;
}

}  // namespace

Kind likelihood_kind() {
  return {.name = "likelihood",
          .summary = "−log p(x)",
          .needs = {.answers = {{Answer::log_prob}}},
          .make = make<Likelihood>};
}

}  // namespace pushforward::ood
