#include "pushforward/detection/unseen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

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
  return divide(run.config, run.examples(models::read_data(run.config).set.text()));
}

Selection unseen(Selection selection, std::span<const Part> parts) {
  const auto n = selection.set.values.size(0);
  const auto source = selection.set.spec.source();
  std::vector<bool> seen(static_cast<std::size_t>(n), false);
  for (const auto& part : parts) {
    if (models::read_data(part.config).set.source() != source) continue;
    for (const auto row : training_split(part.config, n).first) seen[static_cast<std::size_t>(row)] = true;
  }
  std::erase_if(selection.rows, [&](std::int64_t row) { return seen[static_cast<std::size_t>(row)]; });
  return selection;
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
