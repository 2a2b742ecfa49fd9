#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/ood/kinds.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {
namespace {

constexpr const char* candidates[] = {"typicality",       "complexity", "latent-norm",    "orientation",
                                      "likelihood-ratio", "waic",       "reconstruction", "energy",
                                      "mahalanobis",      "knn",        "filters"};
constexpr double tail = 0.05;

/// −2 Σ_j ln p_j(x), Fisher's combination of the p-values of several detectors (Fisher 1925; for scores of
/// outliers Bates et al. 2023), fitted on in-distribution images alone: the members on every second one, and
/// their p-values on the others. p_j(s) is the share of these others that score at least s; from the highest
/// twentieth on, where shares would end at 1/n, an exponential tail with the mean excess of that twentieth
/// (Pickands 1975, shape 0):
///
///   p(s) = (1 + #{≥ s}) / (n + 1)                     s ≤ u, the 95 % quantile
///   p(s) = 0.05 exp(−(s − u) / β)                     s > u, β = mean(s − u | s > u)
///
/// Members that agree count twice, so the sum is a score and not χ² distributed; calibrate it as any other.
/// Its members are those of typicality, complexity, latent-norm, orientation, likelihood-ratio, waic,
/// reconstruction, energy, mahalanobis, knn and filters that the model serves; orientation makes the
/// density's part eight times as much work. The last needs no model, so any answer that suffices for another
/// makes two.
class Combination final : public Detector {
 public:
  explicit Combination(const Outputs& model);

  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  struct Member {
    std::string name;
    std::unique_ptr<Detector> detector;
    std::vector<double> sorted = {};  // scores of the other half

    double log_p_value(double score) const;
  };

  std::vector<Member> members_;
};

Combination::Combination(const Outputs& model) {
  for (const char* name : candidates)
    if (const auto& kind = find_kind(name); serves(model, kind.needs))
      members_.push_back({.name = name, .detector = make_detector(kind, model)});
}

double Combination::Member::log_p_value(double score) const {
  const double u = metrics::quantile(sorted, 1 - tail);
  const auto n = static_cast<double>(sorted.size());
  if (score > u) {
    const auto first = std::upper_bound(sorted.begin(), sorted.end(), u);
    const double excess = metrics::mean_of({first, sorted.end()}) - u;
    if (excess > 0) return std::log(tail) - (score - u) / excess;
  }
  const auto at_least = sorted.end() - std::lower_bound(sorted.begin(), sorted.end(), score);
  return std::log((1 + static_cast<double>(at_least)) / (n + 1));
}

void Combination::do_fit(const at::Tensor& in) {
  const auto first = in.slice(0, 0, in.size(0), 2).contiguous();
  const auto second = in.slice(0, 1, in.size(0), 2).contiguous();
  for (auto& member : members_) {
    member.detector->fit(first);
    member.sorted = finite(member.detector->score(second), "combination", "the score under " + member.name);
    std::sort(member.sorted.begin(), member.sorted.end());
  }
}

std::vector<double> Combination::do_score(const at::Tensor& x) const {
  std::vector<double> scores(static_cast<std::size_t>(x.size(0)));
  for (const auto& member : members_) {
    const auto values = member.detector->score(x);
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] -= 2 * member.log_p_value(values[i]);
  }
  return scores;
}

nn::NamedTensors Combination::state() const {
  nn::NamedTensors all;
  for (const auto& member : members_) {
    all.emplace_back(member.name + ".scores", tensor_of(member.sorted));
    for (const auto& [name, tensor] : member.detector->state())
      all.emplace_back(member.name + ".state." + name, tensor);
  }
  return all;
}

void Combination::do_restore(const nn::NamedTensors& state) {
  const auto part = [&](const std::string& prefix) {
    nn::NamedTensors found;
    for (const auto& [name, tensor] : state)
      if (name.starts_with(prefix)) found.emplace_back(name.substr(prefix.size()), tensor);
    return found;
  };
  // A file may be older than a detector that would be a member today.
  const auto is_missing = [&](const Member& member) { return part(member.name + ".scores").empty(); };
  if (!std::ranges::all_of(members_, is_missing)) std::erase_if(members_, is_missing);
  std::size_t taken = 0;
  for (auto& member : members_) {
    const auto scores = part(member.name + ".scores"), inner = part(member.name + ".state.");
    member.sorted = values_of(take(scores, "combination's " + member.name, {{"", {-1}}}).front());
    member.detector->restore(inner);
    taken += 1 + inner.size();
  }
  PF_CHECK(
      taken == state.size(),
      "[ood] expected the state of a combination of {} detectors, found tensors of others too; give it the "
      "companions that it was fitted with",
      members_.size());
}

}  // namespace

Kind combination_kind() {
  return {.name = "combination",
          .summary = "Fisher's −2 Σ ln p over those that apply",
          .needs = {.answers = {{Answer::log_prob, Answer::log_prob_latent, Answer::features, Answer::logits,
                                 Answer::reconstruction_error, Answer::ensemble}},
                    .images = 4,
                    .side = 4},
          .make = make<Combination>};
}

}  // namespace pushforward::ood
