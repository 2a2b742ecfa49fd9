// Deterministic changes to images that make out-of-distribution sets from in-distribution ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pushforward/data/images.h"

namespace pushforward::data {

struct Perturbation {
  std::string name;
  std::string about;
  void (*apply)(Images& images, std::int64_t first);  ///< The first image's index in its set.
};

/// invert: v → 255 − v. flip: upside down (clothes are nearly symmetric left to right). noise: adds
/// N(0, 0.1²) in units of the full range, rounded and clamped, from the stream (0, "data.noise", image
/// index). mutate: every value becomes one of U{0 … 255} with probability 0.2, from (0, "data.mutate", image
/// index); what is learned of such images is a background (Ren et al. 2019, "Likelihood ratios for
/// out-of-distribution detection", section 3.1, rates 0.1 to 0.3). rotate: a quarter turn counter-clockwise.
const std::vector<Perturbation>& perturbations();

/// Applies one by name to images that are those of a set from index `first` on, and appends "+name" to the
/// set's name. Throws UsageError for an unknown name.
void perturb(Images& images, const std::string& name, std::int64_t first = 0);

}  // namespace pushforward::data
