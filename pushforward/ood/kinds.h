// What a detector's file needs to be a line of the table (kinds.cpp).
#pragma once

#include <memory>

#include "pushforward/ood/detector.h"

namespace pushforward::ood {

/// For Kind::make: a D of the model and of `more`.
template <typename D, auto... more>
std::unique_ptr<Detector> make(const Outputs& model) {
  return std::make_unique<D>(model, more...);
}

}  // namespace pushforward::ood
