// Whether an adversarial run is alive, in words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pushforward/gans/objective.h"

namespace pushforward::gans {

/// Mean outputs of one critic, as it is at one moment, and the standard error of real − held out.
struct Outputs {
  double real = 0, held_out = 0, fake = 0, error = 0;
};

/// How many modes samples cover, where the data consist of modes.
struct Modes {
  std::int64_t covered = 0, all = 0;
};

/// What a stretch of a run measured: series have one number a step, oldest first.
struct Vitals {
  std::vector<double> critic_loss;  // without the penalty where there is one
  std::vector<double> generator_loss;
  std::vector<double> generator_gradient_norm;
  std::optional<double> sample_diversity, data_diversity;  // the same measure of both, 0: all alike
  std::optional<Outputs> outputs;
  std::optional<Modes> modes;
};

/// One sentence for each thing that is wrong, none for a run in health; no full stops. The functions below,
/// all of them.
std::vector<std::string> verdict(const Vitals& vitals, const Objective& objective);

// Each returns a sentence or "". Series are judged by their last quarter (at least 20 steps; shorter ones are
// not judged): long enough to outlast the noise of batches, short enough that an early failure that healed is
// over.

/// The critic has won: the median of its loss is within 2 % of its bound, on the scale from the bound to
/// guessing. At 2 % of the cross-entropy's ln 2 the critic gives the right answer with a mean probability of
/// 98.6 %, and the saturating generator's gradient is that much smaller. Wasserstein's loss has no bound.
std::string critic_has_won(const std::vector<double>& critic_loss, const Objective& objective);

/// The generator has won: the median of its loss is within 2 % of its bound. The critic takes its samples for
/// real beyond doubt, and so teaches it nothing. Only the non-saturating and the least-squares loss have one.
std::string generator_has_won(const std::vector<double>& generator_loss, const Objective& objective);

/// The critic says nothing: its loss stays within 0.1 % of the value of guessing, median and quartiles. The
/// outputs of a critic that is alive differ between images even beside a perfect generator, by some tenths
/// say, which moves a batch's loss by about a hundredth.
std::string critic_is_guessing(const std::vector<double>& critic_loss, const Objective& objective);

/// The generator's gradient has vanished: its median is below 10⁻³ of what it was in as many first steps, or
/// below 10⁻⁷, single precision beside weights of order 1. Zeros before the generator's first update do not
/// count.
std::string gradient_has_vanished(const std::vector<double>& generator_gradient_norm);

/// Mode collapse: samples differ among themselves less than half as much as data do. With a mean distance
/// between pairs, K equal modes far apart give (K − 1)/K of that between modes: two modes left of ten still
/// reach 0.56, one left reaches a few percent, so half is where most of the data is missing.
std::string samples_have_collapsed(double sample_diversity, double data_diversity);

/// Mode dropping: modes of the data that samples do not cover.
std::string modes_are_missing(const Modes& modes);

/// The critic knows the training images by heart: (real − held out)/(real − fake) of its mean outputs above
/// 0.6 (Karras et al. 2020, "Training generative adversarial networks with limited data", eq. 1, r_v and its
/// target): 0 no overfitting, 1 images it has not seen look as fake as samples. A difference real − held out
/// within three standard errors is none.
std::string critic_overfits(const Outputs& outputs);

}  // namespace pushforward::gans
