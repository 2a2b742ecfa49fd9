// FID class by class.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pushforward/evaluation/evaluation.h"

namespace pushforward::evaluation {

struct ClassFid {
  std::string name;                        // a folder's, or the label
  std::int64_t real = 0, fake = 0;         // samples of it
  std::optional<metrics::Interval> value;  // nothing where either side has fewer than two
};

struct FidByClass {
  std::vector<ClassFid> classes;  // of both sides, in the order of the real side's labels
  std::optional<metrics::Interval>
      mean;  // of the values, each class weighing the same; classes are independent
  std::vector<std::string> notes;
};

/// The FID of every class between the samples of both sides that are labelled so. Classes are told by the
/// names of their folders, else by their numbers. Notes say which classes are on one side alone and which
/// have no more samples than dimensions. Throws UsageError for a side without labels and for statistics, and
/// Error as measure_fid and when no class is on both sides.
FidByClass fid_by_class(const Side& real, const Side& fake);

report::Table to_table(const FidByClass& found);
Json to_json(const FidByClass& found);

}  // namespace pushforward::evaluation
