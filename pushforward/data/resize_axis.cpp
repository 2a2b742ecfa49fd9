#include "pushforward/data/resize_axis.h"

#include <algorithm>

namespace pushforward::data {

std::vector<Window> windows(std::int64_t from, std::int64_t to, double support, double (*f)(double)) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double stretch = std::max(scale, 1.0), reach = support * stretch;
  std::vector<Window> all(static_cast<std::size_t>(to));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    auto& [first, weights] = all[i];
    first = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - reach + 0.5));
    const auto end = std::min(from, static_cast<std::int64_t>(centre + reach + 0.5));
    double total = 0;
    for (std::int64_t j = first; j < end; ++j) {
      weights.push_back(f((static_cast<double>(j) - centre + 0.5) * (1.0 / stretch)));
      total += weights.back();
    }
    if (total != 0)
      for (auto& weight : weights) weight /= total;
  }
  return all;
}

}  // namespace pushforward::data
