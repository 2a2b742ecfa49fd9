#include "pushforward/gans/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace pushforward::gans {
namespace {

constexpr std::size_t fewest_steps = 20;  // steps worth judging
constexpr double won_below = 0.02, guessing_within = 0.001;
constexpr double vanished_below = 1e-3, no_gradient = 1e-7;
constexpr double collapsed_below = 0.5, overfit_above = 0.6, standard_errors = 3;

struct Quartiles {
  double low, median, high;
};

Quartiles quartiles(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](double share) {
    return sorted[static_cast<std::size_t>(std::lround(share * static_cast<double>(sorted.size() - 1)))];
  };
  return {at(0.25), at(0.5), at(0.75)};
}

/// How many steps are judged; 0 when there are too few.
std::size_t judged(const std::vector<double>& series) {
  return series.size() < fewest_steps ? 0 : std::max(fewest_steps, series.size() / 4);
}

std::span<const double> last(const std::vector<double>& series) {
  return std::span(series).last(judged(series));
}

bool at_bound(double loss, double won, double guessing) {
  return loss - won <= won_below * (guessing - won);
}

}  // namespace

std::string critic_has_won(const std::vector<double>& critic_loss, const Objective& objective) {
  const auto late = last(critic_loss);
  if (late.empty() || !objective.critic_won) return "";
  const double median = quartiles(late).median;
  if (!at_bound(median, *objective.critic_won, objective.critic_guessing)) return "";
  return fmt::format(
      "the critic has won: for {} steps its loss has been flat at {:.2g} ({:.2g} is perfect, {:.3g} is "
      "guessing), "
      "and the generator learns little from it; try a regulariser, a smaller rate for the critic, or another "
      "objective",
      late.size(), median, *objective.critic_won, objective.critic_guessing);
}

std::string generator_has_won(const std::vector<double>& generator_loss, const Objective& objective) {
  const auto late = last(generator_loss);
  if (late.empty() || !objective.generator_won) return "";
  const double median = quartiles(late).median;
  if (!at_bound(median, *objective.generator_won, *objective.generator_guessing)) return "";
  return fmt::format(
      "the generator has won: for {} steps its loss has been flat at {:.2g} ({:.2g} is perfect), and the "
      "critic "
      "teaches it nothing; try more critic steps or a larger rate for the critic",
      late.size(), median, *objective.generator_won);
}

std::string critic_is_guessing(const std::vector<double>& critic_loss, const Objective& objective) {
  const auto late = last(critic_loss);
  if (late.empty()) return "";
  const auto q = quartiles(late);
  const double scale = objective.critic_won ? objective.critic_guessing - *objective.critic_won : 1.0;
  const auto near = [&](double value) {
    return std::abs(value - objective.critic_guessing) <= guessing_within * scale;
  };
  if (!near(q.low) || !near(q.median) || !near(q.high)) return "";
  return fmt::format(
      "the critic is guessing: for {} steps its loss has been flat at {:.3g}, the value of one that cannot "
      "tell real from fake; it has died, or is held too tightly, unless the samples are perfect",
      late.size(), objective.critic_guessing);
}

std::string gradient_has_vanished(const std::vector<double>& generator_gradient_norm) {
  const auto first = std::find_if(generator_gradient_norm.begin(), generator_gradient_norm.end(),
                                  [](double norm) { return norm != 0; });
  const std::vector<double> norms(first, generator_gradient_norm.end());
  const auto late = last(norms);
  if (late.empty()) return "";
  const double now = quartiles(late).median;
  const double start = quartiles(std::span(norms).first(late.size())).median;
  if (now > no_gradient && now > vanished_below * start) return "";
  return fmt::format(
      "the generator's gradient has vanished: its norm is {:.2g}, it was {:.2g} at first; try the "
      "non-saturating or the Wasserstein objective",
      now, start);
}

std::string samples_have_collapsed(double sample_diversity, double data_diversity) {
  if (!(sample_diversity < collapsed_below * data_diversity)) return "";
  return fmt::format(
      "the samples have collapsed: they differ among themselves {:.0f} % as much as the data do; try a "
      "regulariser or more critic steps",
      100 * sample_diversity / data_diversity);
}

std::string modes_are_missing(const Modes& modes) {
  if (modes.covered >= modes.all) return "";
  return fmt::format(
      "the samples miss {} of the data's {} modes; try a gradient penalty, more critic steps or longer "
      "training",
      modes.all - modes.covered, modes.all);
}

std::string critic_overfits(const Outputs& outputs) {
  const double gap = outputs.real - outputs.fake, seen = outputs.real - outputs.held_out;
  if (!(gap > 0) || !(seen > overfit_above * gap) || !(seen > standard_errors * outputs.error)) return "";
  return fmt::format(
      "the critic knows the training data by heart: held-out data get {:.3g} from it, training data {:.3g}, "
      "samples {:.3g}; more data, a smaller critic or a stronger regulariser would help",
      outputs.held_out, outputs.real, outputs.fake);
}

std::vector<std::string> verdict(const Vitals& vitals, const Objective& objective) {
  std::vector<std::string> all{critic_has_won(vitals.critic_loss, objective),
                               generator_has_won(vitals.generator_loss, objective),
                               critic_is_guessing(vitals.critic_loss, objective),
                               gradient_has_vanished(vitals.generator_gradient_norm)};
  if (vitals.sample_diversity && vitals.data_diversity)
    all.push_back(samples_have_collapsed(*vitals.sample_diversity, *vitals.data_diversity));
  if (vitals.modes) all.push_back(modes_are_missing(*vitals.modes));
  if (vitals.outputs) all.push_back(critic_overfits(*vitals.outputs));
  std::erase(all, "");
  return all;
}

}  // namespace pushforward::gans
