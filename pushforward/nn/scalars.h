// Named numbers: what a step, an evaluation or a measurement says.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward::nn {

/// In the order in which they are shown.
using Scalars = std::vector<std::pair<std::string, double>>;

inline void append(Scalars& all, const Scalars& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// Throws Error for a name that is not among them.
inline double value_of(const Scalars& scalars, std::string_view name) {
  const auto found = std::ranges::find(scalars, name, &Scalars::value_type::first);
  if (found != scalars.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& scalar : scalars) names.push_back(scalar.first);
  throw fail("expected a scalar {}, found {}", name,
             names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
}

}  // namespace pushforward::nn
