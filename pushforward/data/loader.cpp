#include "pushforward/data/loader.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"

namespace pushforward::data {
namespace {

constexpr std::int64_t values_per_task = 1 << 18;  // Below this a second thread costs more than it saves.

void expect_images(const at::Tensor& images) {
  if (images.dim() != 4 || images.scalar_type() != at::kByte || !images.is_contiguous())
    throw fail("[data] expected contiguous uint8 images [N, C, H, W], found {} [{}]", images.toString(),
               fmt::join(images.sizes(), ", "));
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

at::Tensor gather(const at::Tensor& images, std::span<const std::int64_t> indices, bool flatten) {
  expect_images(images);
  const std::int64_t count = images.size(0), batch = static_cast<std::int64_t>(indices.size());
  const std::int64_t dims = images.size(1) * images.size(2) * images.size(3);
  for (const auto index : indices)
    if (index < 0 || index >= count)
      throw fail("[data] expected an index of one of {} images, found {}", count, index);
  at::Tensor result = flatten
                          ? at::empty({batch, dims}, at::kFloat)
                          : at::empty({batch, images.size(1), images.size(2), images.size(3)}, at::kFloat);
  const std::uint8_t* from = images.data_ptr<std::uint8_t>();
  float* to = result.data_ptr<float>();
  at::parallel_for(0, batch, std::max<std::int64_t>(1, values_per_task / std::max<std::int64_t>(1, dims)),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t i = begin; i < end; ++i) {
                       const std::uint8_t* image = from + indices[static_cast<std::size_t>(i)] * dims;
                       for (std::int64_t d = 0; d < dims; ++d)
                         to[i * dims + d] = static_cast<float>(image[d]) / 255.0f;
                     }
                   });
  return result;
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

Loader::Loader(at::Tensor images, std::vector<std::int64_t> indices, LoaderOptions options)
    : images_(std::move(images)), indices_(std::move(indices)), options_(options) {
  expect_images(images_);
  if (options_.batch < 1) throw fail("[loader] expected a batch of at least 1, found {}", options_.batch);
  for (const auto index : indices_)
    if (index < 0 || index >= images_.size(0))
      throw fail("[loader] expected an index of one of {} images, found {}", images_.size(0), index);
  batches_ = (examples() + (options_.drop_last ? 0 : options_.batch - 1)) / options_.batch;
  if (batches_ == 0)
    throw fail("[loader] no batch of {} in {} images{}", options_.batch, examples(),
               options_.drop_last ? " when the last, short one is dropped" : "");
}

Loader::Loader(at::Tensor images, LoaderOptions options)
    : Loader(images, iota(images.dim() == 0 ? 0 : images.size(0)), options) {}

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

Loader::Batch Loader::next() {
  if (ordered_epoch_ != position_.epoch) order_epoch();
  const std::size_t begin = static_cast<std::size_t>(position_.batch * options_.batch);
  const std::size_t size = std::min(static_cast<std::size_t>(options_.batch), order_.size() - begin);
  const std::span<const std::int64_t> indices(order_.data() + begin, size);
  Batch batch{
      .images = gather(images_, indices, options_.flatten), .indices = indices, .position = position_};
  if (++position_.batch == batches_) position_ = {.epoch = position_.epoch + 1, .batch = 0};
  return batch;
}

}  // namespace pushforward::data
