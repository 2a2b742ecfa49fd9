// Which examples a model was never trained on.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pushforward/detection/companions.h"

namespace pushforward::detection {

/// Some examples of a set.
struct Selection {
  models::Examples set;
  std::vector<std::int64_t> rows;
  models::Examples chosen() const;  // these rows alone, with their labels
};

Selection all_of(const models::Examples& set);

/// What a run makes of its data.
struct Division {
  Selection trained;   // by its configuration, whatever weights were imported
  Selection held_out;  // a share of the set in random order, or its test split as it is; no rows: nothing is
};

/// `set` is what data.name names.
Division divide(const Config& config, const models::Examples& set);
/// Loads the data first. Throws as Run::examples.
Division divide(const models::Run& run);

/// Those of a selection that no part was trained on, in its order. A perturbed image counts as the image;
/// sets are told apart by what they are read from (data::Spec::source), copies of a set are not recognised.
/// Its set is a whole one, as load_examples gives it.
Selection unseen(Selection selection, std::span<const Part> parts);

/// The names of the parts that were trained on some of a selection, each once.
std::vector<std::string> trained_on(const Selection& selection, std::span<const Part> parts);

}  // namespace pushforward::detection
