#include "pushforward/data/loader.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"

namespace pushforward::data {
namespace {

constexpr std::int64_t values_per_task = 1 << 18;  // Below this a second thread costs more than it saves.

/// v/255 for every level: a look-up is half again as fast as a division.
const std::array<float, 256> fractions = [] {
  std::array<float, 256> table{};
  for (std::size_t v = 0; v < table.size(); ++v) table[v] = static_cast<float>(v) / 255.0f;
  return table;
}();

void expect_set(const at::Tensor& set) {
  const bool images = set.dim() == 4 && set.scalar_type() == at::kByte;
  const bool points = set.dim() == 2 && set.scalar_type() == at::kFloat;
  if (!(images || points) || !set.is_contiguous() || !set.device().is_cpu())
    throw fail("[data] expected contiguous uint8 images [N, C, H, W] or float32 points [N, D], found {} [{}]",
               set.toString(), fmt::join(set.sizes(), ", "));
}

void expect_indices(const char* where, const at::Tensor& set, std::span<const std::int64_t> indices) {
  for (const auto index : indices)
    if (index < 0 || index >= set.size(0))
      throw fail("[{}] expected an index of one of {} {}, found {}", where, set.size(0),
                 set.dim() == 4 ? "images" : "points", index);
}

std::int64_t product(at::IntArrayRef sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

at::Tensor room_for(const at::Tensor& set, std::int64_t batch, bool flatten) {
  if (set.dim() == 2 || flatten) return at::empty({batch, product(set.sizes().slice(1))}, at::kFloat);
  return at::empty({batch, set.size(1), set.size(2), set.size(3)},
                   at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
}

std::vector<std::int64_t> iota(std::int64_t n) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(n));
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

}  // namespace

at::Tensor to_tensor(Images images) {
  auto kept = std::make_shared<std::vector<std::uint8_t>>(std::move(images.pixels));
  return at::from_blob(
      kept->data(), {images.count, images.channels, images.height, images.width},
      [kept](void*) mutable { kept.reset(); }, at::kByte);
}

at::Tensor labels_of(const Images& images) {
  if (images.labels.empty()) return {};
  auto labels = at::empty({std::ssize(images.labels)}, at::kLong);
  std::copy(images.labels.begin(), images.labels.end(), labels.data_ptr<std::int64_t>());
  return labels;
}

at::Tensor to_tensor(Points points) {
  auto kept = std::make_shared<std::vector<float>>(std::move(points.values));
  return at::from_blob(
      kept->data(), {points.count, points.dims}, [kept](void*) mutable { kept.reset(); }, at::kFloat);
}

at::Tensor gather(const at::Tensor& set, std::span<const std::int64_t> indices, bool flatten,
                  at::Device device) {
  expect_set(set);
  expect_indices("data", set, indices);
  const std::int64_t batch = static_cast<std::int64_t>(indices.size());
  const std::int64_t dims = product(set.sizes().slice(1));
  at::Tensor result = room_for(set, batch, flatten);
  float* to = result.data_ptr<float>();
  const auto fill = [&](const auto* from, const auto& convert) {
    at::parallel_for(0, batch, std::max<std::int64_t>(1, values_per_task / std::max<std::int64_t>(1, dims)),
                     [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t i = begin; i < end; ++i)
                         convert(from + indices[static_cast<std::size_t>(i)] * dims, to + i * dims);
                     });
  };
  if (set.dim() == 2) {
    fill(set.data_ptr<float>(), [dims](const float* point, float* out) { std::copy_n(point, dims, out); });
    return result.to(device);
  }
  const std::int64_t channels = flatten ? 1 : set.size(1), plane = dims / std::max<std::int64_t>(1, channels);
  fill(set.data_ptr<std::uint8_t>(), [channels, plane](const std::uint8_t* image, float* out) {
    if (channels == 1) {
      for (std::int64_t p = 0; p < plane; ++p) out[p] = fractions[image[p]];
      return;
    }
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t p = 0; p < plane; ++p) out[p * channels + c] = fractions[image[c * plane + p]];
  });
  return result.to(device);
}

std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> split(std::int64_t n, double fraction,
                                                                      std::uint64_t seed) {
  if (!(fraction >= 0 && fraction <= 1))
    throw fail("[split] expected a fraction of 0 to 1, found {}", fraction);
  auto first = permutation(n, stream(seed, "split"));
  const auto cut = first.begin() + std::llround(fraction * static_cast<double>(n));
  std::vector<std::int64_t> second(cut, first.end());
  first.erase(cut, first.end());
  return {std::move(first), std::move(second)};
}

Loader::Loader(at::Tensor set, std::vector<std::int64_t> indices, LoaderOptions options, at::Tensor labels)
    : set_(std::move(set)), labels_(std::move(labels)), indices_(std::move(indices)), options_(options) {
  expect_set(set_);
  if (labels_.defined() && (labels_.scalar_type() != at::kLong || labels_.dim() != 1 ||
                            labels_.size(0) != set_.size(0) || !labels_.is_contiguous()))
    throw fail("[loader] expected {} labels int64 [N], found {} [{}]", set_.size(0), labels_.toString(),
               fmt::join(labels_.sizes(), ", "));
  if (options_.batch < 1) throw fail("[loader] expected a batch of at least 1, found {}", options_.batch);
  expect_indices("loader", set_, indices_);
  batches_ = (examples() + (options_.drop_last ? 0 : options_.batch - 1)) / options_.batch;
  if (batches_ == 0)
    throw fail("[loader] no batch of {} in {} {}{}", options_.batch, examples(),
               set_.dim() == 4 ? "images" : "points",
               options_.drop_last ? " when the last, short one is dropped" : "");
}

Loader::Loader(at::Tensor set, LoaderOptions options, at::Tensor labels)
    : Loader(set, iota(set.dim() == 0 ? 0 : set.size(0)), options, std::move(labels)) {}

void Loader::order_epoch() {
  ordered_epoch_ = position_.epoch;
  order_ = indices_;
  if (!options_.shuffle) return;
  const auto permuted =
      permutation(examples(), stream(options_.seed, "shuffle", static_cast<std::uint64_t>(position_.epoch)));
  for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = indices_[static_cast<std::size_t>(permuted[i])];
}

void Loader::seek(Position position) {
  if (position.epoch < 0 || position.batch < 0 || position.batch >= batches_)
    throw fail("[loader] expected an epoch from 0 and a batch of 0 to {}, found epoch {}, batch {}",
               batches_ - 1, position.epoch, position.batch);
  position_ = position;
}

Loader::Part Loader::next() {
  if (ordered_epoch_ != position_.epoch) order_epoch();
  const std::size_t begin = static_cast<std::size_t>(position_.batch * options_.batch);
  const std::size_t size = std::min(static_cast<std::size_t>(options_.batch), order_.size() - begin);
  const std::span<const std::int64_t> indices(order_.data() + begin, size);
  Part batch{.images = gather(set_, indices, options_.flatten, options_.device),
             .labels = {},
             .indices = indices,
             .position = position_};
  if (labels_.defined()) {
    batch.labels = at::empty({std::ssize(indices)}, at::kLong);
    const auto* from = labels_.data_ptr<std::int64_t>();
    std::transform(indices.begin(), indices.end(), batch.labels.data_ptr<std::int64_t>(),
                   [from](std::int64_t index) { return from[index]; });
    batch.labels = batch.labels.to(options_.device);
  }
  if (++position_.batch == batches_) position_ = {.epoch = position_.epoch + 1, .batch = 0};
  return batch;
}

}  // namespace pushforward::data
