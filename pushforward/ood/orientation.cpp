#include <algorithm>
#include <cmath>
#include <limits>

#include "pushforward/core/error.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/ood/detector.h"
#include "pushforward/ood/kinds.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {
namespace {

using Change = at::Tensor (*)(const at::Tensor& x);

/// The mirror images and turns of images x [N, C, H, W], without x itself: of a square all seven, else the
/// three that keep the shape.
std::vector<Change> changes_of(const at::Tensor& x) {
  std::vector<Change> all{[](const at::Tensor& y) { return y.flip({3}); },
                          [](const at::Tensor& y) { return y.flip({2}); },
                          [](const at::Tensor& y) {
                            return y.flip({2, 3});
                          }};
  if (x.size(2) != x.size(3)) return all;
  all.push_back([](const at::Tensor& y) { return y.transpose(2, 3); });
  all.push_back([](const at::Tensor& y) { return y.transpose(2, 3).flip({2}); });
  all.push_back([](const at::Tensor& y) { return y.transpose(2, 3).flip({3}); });
  all.push_back([](const at::Tensor& y) { return y.transpose(2, 3).flip({2, 3}); });
  return all;
}

/// How much likelier an image would be in another orientation, for the orientation that is oddest:
///
///   score = max over T of (Δ_T(x) − mean Δ_T) / sd Δ_T,   Δ_T(x) = log p(T x) − log p(x)
///
/// over turns and mirror images T, means and deviations over the images fitted on, which so say themselves
/// what they are symmetric in. A T is left out (its sd kept as 0) where all of these have the same Δ_T but
/// for rounding, and where one of them is impossible turned so; without any T all scores are 0. What makes
/// simple images likely is the same for x and T x and cancels, as a background's does in a ratio of
/// likelihoods (Ren et al. 2019, "Likelihood ratios for out-of-distribution detection"); that familiar images
/// are known by their orientation is Golan and El-Yaniv's idea (2018, "Deep anomaly detection using geometric
/// transformations"). Costs up to eight evaluations of the density an image.
class Orientation final : public Detector {
 public:
  explicit Orientation(const Outputs& model) : log_prob_(model.log_prob) {}

  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  PerImage log_prob_;
  std::vector<double> means_, sds_;  // of Δ_T, for each T
};

void Orientation::do_fit(const at::Tensor& in) {
  const auto log_prob = finite(log_prob_(in), "orientation", "log p");
  const double rounding = 1e-6 * (1 + std::abs(metrics::mean_of(log_prob)));
  means_.clear();
  sds_.clear();
  for (const auto& change : changes_of(in)) {
    auto gain = log_prob_(change(in).contiguous());
    for (std::size_t i = 0; i < gain.size(); ++i) gain[i] -= log_prob[i];
    const bool is_finite = std::ranges::all_of(gain, [](double value) { return std::isfinite(value); });
    const double sd = is_finite && gain.size() > 1 ? metrics::sd_of(gain) : 0;
    means_.push_back(sd > rounding ? metrics::mean_of(gain) : 0);
    sds_.push_back(sd > rounding ? sd : 0);
  }
}

std::vector<double> Orientation::do_score(const at::Tensor& x) const {
  if (x.size(0) == 0) return {};
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto changes = changes_of(x);
  PF_CHECK(changes.size() == means_.size(),
           "[ood] orientation was fitted on {} images and is to score {}×{}: squares have more turns",
           means_.size() == 3 ? "oblong" : "square", x.size(2), x.size(3));
  const auto log_prob = log_prob_(x);
  const bool any = std::ranges::any_of(sds_, [](double sd) { return sd > 0; });
  std::vector<double> scores(log_prob.size(), any ? -infinity : 0);
  for (std::size_t t = 0; t < changes.size(); ++t) {
    if (sds_[t] == 0) continue;
    const auto turned = log_prob_(changes[t](x).contiguous());
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const double score = (turned[i] - log_prob[i] - means_[t]) / sds_[t];
      if (std::isnan(score) || score > scores[i]) scores[i] = score;  // a NaN stays
    }
  }
  // An impossible image is odd however it is turned.
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (log_prob[i] == -infinity) scores[i] = infinity;
  return scores;
}

nn::NamedTensors Orientation::state() const {
  return {{"means", tensor_of(means_)}, {"sds", tensor_of(sds_)}};
}

void Orientation::do_restore(const nn::NamedTensors& state) {
  const auto both = take(state, "orientation", {{"means", {-1}}, {"sds", {-1}}});
  means_ = values_of(both[0]);
  sds_ = values_of(both[1]);
  const auto is_sd = [](double sd) { return std::isfinite(sd) && sd >= 0; };
  PF_CHECK(
      (means_.size() == 3 || means_.size() == 7) && sds_.size() == means_.size() &&
          std::ranges::all_of(means_, [](double mean) { return std::isfinite(mean); }) &&
          std::ranges::all_of(sds_, is_sd),
      "[ood] expected the state of a fitted orientation with three or seven means and deviations, found {} "
      "and {}, or some that are none",
      means_.size(), sds_.size());
}

}  // namespace

Kind orientation_kind() {
  return {.name = "orientation",
          .summary = "how much likelier x would be turned or mirrored, in sds",
          .needs = {.answers = {{Answer::log_prob}}, .images = 2, .side = 1},
          .make = make<Orientation>};
}

}  // namespace pushforward::ood
