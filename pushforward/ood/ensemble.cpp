#include "pushforward/ood/detector.h"
#include "pushforward/ood/kinds.h"

namespace pushforward::ood {
namespace {

/// Var_k log p_k(x) − E_k log p_k(x) over the K ≥ 2 members of an ensemble: minus the Watanabe-Akaike
/// information criterion (Choi, Jang and Alemi 2018, "WAIC, but why? Generative ensembles for robust anomaly
/// detection", equation 2), with the variance that divides by K. Its terms are in nats and in nats².
/// Nothing is fitted.
class Ensemble final : public Detector {
 public:
  explicit Ensemble(const Outputs& model) : members_(model.ensemble) {}

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  std::vector<PerImage> members_;
};

std::vector<double> Ensemble::do_score(const at::Tensor& x) const {
  const auto n = static_cast<std::size_t>(x.size(0));
  std::vector<double> mean(n), squares(n);
  double count = 0;
  for (const auto& member : members_) {  // Welford: the members differ by far less than they are large
    const auto log_prob = member(x);
    ++count;
    for (std::size_t i = 0; i < n; ++i) {
      const double delta = log_prob[i] - mean[i];
      mean[i] += delta / count;
      squares[i] += delta * (log_prob[i] - mean[i]);
    }
  }
  for (std::size_t i = 0; i < n; ++i) squares[i] = squares[i] / count - mean[i];
  return squares;
}

}  // namespace

Kind waic_kind() {
  return {.name = "waic",
          .summary = "variance − mean of log p(x) over an ensemble",
          .needs = {.answers = {{Answer::ensemble}}},
          .make = make<Ensemble>};
}

}  // namespace pushforward::ood
