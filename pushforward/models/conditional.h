// Flows that are given the label, p(x | y): [model] conditional.
#pragma once

#include "pushforward/models/examples.h"

namespace pushforward::models {

/// How many numbers of a condition a flow takes: one for each class by [model] classes where [model]
/// conditional is true, else 0.
std::int64_t read_condition(const Config& config);

/// Proposes model.classes of a conditional model: as many as the set's labels tell apart.
void complete_condition(Config& config, const Examples& set);

/// How many classes a set's labels tell apart: the largest label and those below it. Throws Error where all
/// have the same label, of which there is nothing to learn.
std::int64_t count_classes(const Examples& set);

/// Throws UsageError for a configuration that wants `what`, which take no condition, to be conditional.
void refuse_condition(const Config& config, const char* what);

/// Throws Error for a set without labels, and UsageError for one with labels beyond a model's classes.
void expect_labels(const Examples& set, const std::string& model, std::int64_t classes);

}  // namespace pushforward::models
