// Along one axis: which pixels a resized one is made of, as Pillow chooses them.
#pragma once

#include <cstdint>
#include <vector>

namespace pushforward::data {

/// Input pixels from `first` on, with weights that sum to 1.
struct Window {
  std::int64_t first = 0;
  std::vector<double> weights;
};

/// The windows of `to` pixels made of `from`. With s = from / to and t = max(s, 1), pixel i has weights ∝
/// f((j + ½ − (i + ½) s) / t) for the j that are within `support` · t of its centre.
std::vector<Window> windows(std::int64_t from, std::int64_t to, double support, double (*f)(double));

}  // namespace pushforward::data
