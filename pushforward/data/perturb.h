// Deterministic changes to images that make out-of-distribution sets from in-distribution ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pushforward/data/images.h"

namespace pushforward::data {

struct Perturbation {
  std::string name;
  std::string about;
  void (*apply)(Images& images);
};

/// invert: v → 255 − v. flip: upside down (clothes are nearly symmetric left to right). noise: adds
/// N(0, 0.1²) in units of the full range, rounded and clamped, from the stream (0, "data.noise", image
/// index). rotate: a quarter turn counter-clockwise.
const std::vector<Perturbation>& perturbations();

/// Applies one by name and appends "+name" to the set's name. Throws UsageError for an unknown name.
void perturb(Images& images, const std::string& name);

}  // namespace pushforward::data
