#include "pushforward/core/names.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "pushforward/core/error.h"

namespace pushforward {
namespace {

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] =
          std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  const auto dot = name.rfind('.');
  const auto letters = dot == std::string_view::npos ? name.size() : name.size() - dot - 1;
  std::size_t least = std::max<std::size_t>(1, letters / 3) + 1;
  std::string best;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(name, candidate);
    if (distance < std::min(least, candidate.size())) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string best = nearest(name, candidates);
  return best.empty() ? "" : ", did you mean " + best + "?";
}

void unknown_name(const char* what, std::string_view name, const std::vector<std::string>& candidates) {
  throw usage("unknown {} {}: expected one of {}{}", what, name, fmt::join(candidates, ", "),
              did_you_mean(name, candidates));
}

}  // namespace pushforward
