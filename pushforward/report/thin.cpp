#include "pushforward/report/thin.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pushforward::report {

std::vector<std::size_t> thin(std::span<const double> y, std::size_t buckets) {
  std::vector<std::size_t> kept;
  if (y.size() <= 4 * buckets) {
    kept.resize(y.size());
    std::iota(kept.begin(), kept.end(), std::size_t{0});
    return kept;
  }
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const std::size_t first = bucket * y.size() / buckets, end = (bucket + 1) * y.size() / buckets;
    std::size_t lowest = first, highest = first, hole = first;
    for (std::size_t i = first; i < end; ++i) {
      if (!std::isfinite(y[i])) hole = i;
      if (y[i] < y[lowest] || !std::isfinite(y[lowest])) lowest = i;
      if (y[i] > y[highest] || !std::isfinite(y[highest])) highest = i;
    }
    std::vector<std::size_t> picked{first, lowest, highest, hole, end - 1};
    std::sort(picked.begin(), picked.end());
    picked.erase(std::unique(picked.begin(), picked.end()), picked.end());
    kept.insert(kept.end(), picked.begin(), picked.end());
  }
  return kept;
}

}  // namespace pushforward::report
