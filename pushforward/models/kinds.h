// The table of kinds of model.
#pragma once

#include <vector>

#include "pushforward/models/model.h"

namespace pushforward::models {

struct Kind {
  const char* name;  // model.kind
  /// Makes networks with initial weights from the keys of its kind; what comes back makes the record of them.
  Unfinished (*make)(const Config& config, const Shape& shape);
  /// Completes what [model] leaves open by what the data are; null: nothing.
  void (*complete)(Config& config, const Examples& set) = nullptr;
};

const std::vector<Kind>& kinds();

/// The kind that the configuration names. Throws UsageError for an unknown one.
const Kind& kind_of(const Config& config);

}  // namespace pushforward::models
