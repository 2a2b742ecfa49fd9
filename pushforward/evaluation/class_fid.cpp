#include "pushforward/evaluation/class_fid.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "pushforward/core/error.h"
#include "pushforward/metrics/fid.h"

namespace pushforward::evaluation {
namespace {

/// A class and its features.
struct LabelledFeatures {
  std::string name;
  at::Tensor features;
};

/// In the order of the labels.
std::vector<LabelledFeatures> classes_of(const Side& side) {
  expect_features("FID by class", side);
  if (!side.labels.defined())
    throw usage("--by-class: {} has no labels, expected a labelled set or a folder of folders, one a class",
                side.name);
  std::vector<LabelledFeatures> classes;
  const auto most = side.labels.max().item<std::int64_t>();
  for (std::int64_t label = 0; label <= most; ++label) {
    const auto members = side.labels.eq(label).nonzero().squeeze(1);
    if (members.numel() == 0) continue;
    const auto place = static_cast<std::size_t>(label);
    classes.push_back({place < side.classes.size() ? side.classes[place] : std::to_string(label),
                       side.features.index_select(0, members)});
  }
  return classes;
}

const LabelledFeatures* find(const std::vector<LabelledFeatures>& classes, const std::string& name) {
  const auto found = std::ranges::find(classes, name, &LabelledFeatures::name);
  return found == classes.end() ? nullptr : &*found;
}

void note(std::vector<std::string>& notes, const std::vector<std::string>& classes, const std::string& what) {
  if (!classes.empty())
    notes.push_back(
        fmt::format("{} {}: {}", classes.size() == 1 ? "class" : "classes", fmt::join(classes, ", "), what));
}

/// The mean of independent estimates that weigh the same.
std::optional<metrics::Interval> mean_of(const std::vector<ClassFid>& classes) {
  double sum = 0, squares = 0, count = 0;
  for (const auto& one : classes)
    if (one.value) {
      sum += one.value->value;
      squares += std::pow(one.value->high - one.value->value, 2);
      ++count;
    }
  if (count == 0) return std::nullopt;
  const double mean = sum / count, half = std::sqrt(squares) / count;
  return metrics::Interval{mean, std::max(0.0, mean - half), mean + half};
}

std::vector<report::Cell> cells(const std::optional<metrics::Interval>& value) {
  if (!value) return {{}, {}};
  return {{value->value, 3}, fmt::format("{:.3f} to {:.3f}", value->low, value->high)};
}

Json json_of(const std::optional<metrics::Interval>& value) {
  return value ? interval_json(*value) : Json(nullptr);
}

}  // namespace

FidByClass fid_by_class(const Side& real, const Side& fake) {
  FidByClass found;
  const auto reals = classes_of(real), fakes = classes_of(fake);
  std::vector<std::string> alone_real, alone_fake, few, single;
  for (const auto& [name, features] : reals) {
    const auto* other = find(fakes, name);
    if (other == nullptr) {
      alone_real.push_back(name);
      continue;
    }
    ClassFid one{.name = name, .real = features.size(0), .fake = other->features.size(0), .value = {}};
    const auto fewest = std::min(one.real, one.fake);
    if (fewest >= 2) one.value = metrics::fid(features, other->features);
    if (fewest < 2)
      single.push_back(name);
    else if (fewest <= real.dims)
      few.push_back(name);
    found.classes.push_back(std::move(one));
  }
  for (const auto& [name, features] : fakes)
    if (find(reals, name) == nullptr) alone_fake.push_back(name);
  if (found.classes.empty())
    throw fail("no class is in both {} and {}: expected the same names of folders, or labels", real.name,
               fake.name);
  found.mean = mean_of(found.classes);
  note(found.notes, alone_real, fmt::format("only in {}", real.name));
  note(found.notes, alone_fake, fmt::format("only in {}", fake.name));
  note(found.notes, single, "a single sample on either side has no covariance");
  note(found.notes, few,
       fmt::format(
           "no more samples than the {} dimensions: their covariance is singular, and the bias is large",
           real.dims));
  return found;
}

report::Table to_table(const FidByClass& found) {
  const auto left = report::Align::kLeft;
  report::Table table{.title = "FID by class",
                      .columns = {{"class", "", left}, {"real"}, {"fake"}, {"FID"}, {"95 % interval"}},
                      .notes = found.notes};
  const auto row = [&](const std::string& name, report::Cell real, report::Cell fake, const auto& value) {
    std::vector<report::Cell> all{name, std::move(real), std::move(fake)};
    std::ranges::copy(cells(value), std::back_inserter(all));
    table.rows.push_back(std::move(all));
  };
  for (const auto& one : found.classes) row(one.name, one.real, one.fake, one.value);
  row("mean", {}, {}, found.mean);
  return table;
}

Json to_json(const FidByClass& found) {
  Json classes = Json::array();
  for (const auto& one : found.classes)
    classes.push_back(
        {{"class", one.name}, {"real", one.real}, {"fake", one.fake}, {"fid", json_of(one.value)}});
  Json document{{"classes", std::move(classes)}, {"mean", json_of(found.mean)}};
  if (!found.notes.empty()) document["notes"] = found.notes;
  return document;
}

}  // namespace pushforward::evaluation
