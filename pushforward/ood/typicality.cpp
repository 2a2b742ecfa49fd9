#include <cmath>

#include "pushforward/metrics/summary.h"
#include "pushforward/ood/detector.h"
#include "pushforward/ood/kinds.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {
namespace {

/// |mean log p of M images − mean log p| in nats, the second mean over the images fitted on: distance from
/// the typical set, too likely being as odd as too unlikely (Nalisnick et al. 2019, "Detecting
/// out-of-distribution inputs to deep generative models using typicality", equation 4). With M > 1 what is
/// scored is a batch: M images one after another get one score.
class Typicality final : public Detector {
 public:
  explicit Typicality(const Outputs& model, std::int64_t images_per_score)
      : log_prob_(model.log_prob), images_(images_per_score) {}

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

void Typicality::do_fit(const at::Tensor& in) {
  const auto log_prob = finite(log_prob_(in), "typicality", "log p");
  mean_ = metrics::mean_of(log_prob);
}

std::vector<double> Typicality::do_score(const at::Tensor& x) const {
  const auto log_prob = log_prob_(x);
  const auto size = static_cast<std::size_t>(images_);
  std::vector<double> scores(log_prob.size() / size);
  for (std::size_t i = 0; i < scores.size(); ++i)
    scores[i] = std::abs(metrics::mean_of(std::span(log_prob).subspan(i * size, size)) - mean_);
  return scores;
}

nn::NamedTensors Typicality::state() const {
  return {{"mean", tensor_of({mean_})}};
}

void Typicality::do_restore(const nn::NamedTensors& state) {
  mean_ = take(state, "typicality", {{"mean", {1}}}).front().item<double>();
}

}  // namespace

Kind typicality_kind() {
  return {.name = "typicality",
          .summary = "|log p(x) − mean log p|",
          .needs = {.answers = {{Answer::log_prob}}},
          .make = make<Typicality, 1>};
}

Kind typicality_10_kind() {
  return {.name = "typicality-10",
          .summary = "the same of the mean over 10 images, one score for them",
          .needs = {.answers = {{Answer::log_prob}}},
          .make = make<Typicality, 10>};
}

}  // namespace pushforward::ood
