#include "pushforward/ood/combination.h"

#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {
namespace {

constexpr const char* candidates[] = {"typicality", "complexity",     "latent-norm", "likelihood-ratio",
                                      "waic",       "reconstruction", "energy",      "mahalanobis",
                                      "knn",        "filters"};
constexpr double tail = 0.05;

}  // namespace

Combination::Combination(const Outputs& model) {
  for (const char* name : candidates) {
    try {
      members_.push_back({.name = name, .detector = make_detector(name, model)});
    } catch (const UsageError&) {
      throw;
    } catch (const Error&) {
      continue;  // the model has no answer to this one
    }
  }
  if (members_.size() < 2)
    throw fail("[ood] the detector combination needs a model that at least 2 of {} can use, such as a flow",
               fmt::join(candidates, ", "));
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
  PF_CHECK(in.size(0) >= 4, "[ood] combination needs at least 4 in-distribution images to be fitted, got {}",
           in.size(0));
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

}  // namespace pushforward::ood
