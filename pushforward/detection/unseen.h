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
/// Loads the data first. Throws as Run::examples, and Error where the data are not those that the run was
/// trained on: which of them it has not seen cannot be told then.
Division divide(const models::Run& run);

/// Those of a selection that no part was trained on, in its order. A perturbed image counts as the image. A
/// part's set is the selection's where it is read from the same place (data::Spec::source) or has the same
/// content. The selection's set is a whole one, as load_examples gives it. Throws Error where a part's data
/// are read from there and are not those that it was trained on.
Selection unseen(Selection selection, std::span<const Part> parts);

/// Those of a selection that equal no example that a part was trained on, value for value, in its order;
/// whatever sets they are in. What a part was trained on is loaded, where it is here. Throws as `divide`.
Selection unlike_trained(Selection selection, std::span<const Part> parts);

/// Whether content tells what the part was trained on: its run has recorded that, and it is here.
bool is_recorded(const Part& part);

/// The names of the parts that were trained on some of a selection, each once.
std::vector<std::string> trained_on(const Selection& selection, std::span<const Part> parts);

}  // namespace pushforward::detection
