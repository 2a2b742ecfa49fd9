#include "pushforward/detection/unseen.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <unordered_set>

#include "pushforward/data/loader.h"

namespace pushforward::detection {
namespace {

/// Which of n examples are trained on, and which of these n are held out.
std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> training_split(const Config& config,
                                                                               std::int64_t n) {
  const auto data = models::read_data(config);
  const auto seed = models::read_train(config).seed;
  if (data.test_held_out && data.share == 1) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), 0);
    return {std::move(all), {}};
  }
  auto [trained, held_out] = data::split(n, data.test_held_out ? 1 : 1 - data.validation, seed);
  const auto kept = std::ceil(data.share * static_cast<double>(trained.size()));
  trained.resize(static_cast<std::size_t>(kept));
  return {std::move(trained), std::move(held_out)};
}

/// The part's own data, checked.
models::Examples examples_of(const Part& part) {
  const auto data = models::read_data(part.config);
  auto set = models::load_examples(data.set, data.resize);
  if (part.data) models::expect_unchanged(part.data->set, set, part.name);
  return set;
}

std::string_view bytes_of(const at::Tensor& values, std::int64_t row) {
  const auto size = values.nbytes() / static_cast<std::size_t>(values.size(0));
  return {static_cast<const char*>(values.data_ptr()) + static_cast<std::size_t>(row) * size, size};
}

}  // namespace

models::Examples Selection::chosen() const {
  const auto indices = at::tensor(rows, at::kLong);
  return {set.name, set.shape, set.values.index_select(0, indices),
          set.labels.defined() ? set.labels.index_select(0, indices) : at::Tensor(), set.spec};
}

Selection all_of(const models::Examples& set) {
  Selection all{set, std::vector<std::int64_t>(static_cast<std::size_t>(set.values.size(0)))};
  std::iota(all.rows.begin(), all.rows.end(), 0);
  return all;
}

Division divide(const Config& config, const models::Examples& set) {
  auto [trained, held_out] = training_split(config, set.values.size(0));
  Division division{{set, std::move(trained)}, {set, std::move(held_out)}};
  const auto data = models::read_data(config);
  if (data.test_held_out)
    if (const auto test = models::test_split(data.set, data.resize)) division.held_out = all_of(*test);
  return division;
}

Division divide(const models::Run& run) {
  const auto whose = run.folder.path().string();
  const auto set = run.examples(models::read_data(run.config).set.text());
  if (run.data) models::expect_unchanged(run.data->set, set, whose);
  auto division = divide(run.config, set);
  if (run.data && run.data->test) models::expect_unchanged(*run.data->test, division.held_out.set, whose);
  return division;
}

Selection unseen(Selection selection, std::span<const Part> parts) {
  const auto n = selection.set.values.size(0);
  const auto source = selection.set.spec.source();
  const auto content = models::record_of(selection.set).sha256;
  std::vector<bool> seen(static_cast<std::size_t>(n), false);
  for (const auto& part : parts) {
    const bool copied = part.data && part.data->set.sha256 == content;
    if (!copied && models::read_data(part.config).set.source() != source) continue;
    if (!copied && part.data) examples_of(part);  // are they what they were?
    for (const auto row : training_split(part.config, n).first) seen[static_cast<std::size_t>(row)] = true;
  }
  std::erase_if(selection.rows, [&](std::int64_t row) { return seen[static_cast<std::size_t>(row)]; });
  return selection;
}

Selection unlike_trained(Selection selection, std::span<const Part> parts) {
  const auto values = selection.set.values.contiguous();
  std::unordered_set<std::string_view> fresh;
  for (const auto row : selection.rows) fresh.insert(bytes_of(values, row));
  for (const auto& part : parts) {
    if (models::read_data(part.config).set.kind() == data::SpecKind::nothing) continue;
    const auto set = examples_of(part);
    const auto trained = set.values.contiguous();
    for (const auto row : training_split(part.config, trained.size(0)).first)
      fresh.erase(bytes_of(trained, row));
  }
  std::erase_if(selection.rows, [&](std::int64_t row) { return !fresh.contains(bytes_of(values, row)); });
  return selection;
}

bool is_recorded(const Part& part) {
  return part.data && models::read_data(part.config).set.kind() != data::SpecKind::nothing;
}

std::vector<std::string> trained_on(const Selection& selection, std::span<const Part> parts) {
  std::vector<std::string> names;
  for (const auto& part : parts)
    if (std::ranges::count(names, part.name) == 0 &&
        unseen(selection, {&part, 1}).rows.size() < selection.rows.size())
      names.push_back(part.name);
  return names;
}

}  // namespace pushforward::detection
