#include "pushforward/metrics/content_order.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "pushforward/core/random.h"

namespace pushforward::metrics {
namespace {

/// Of a row's bytes, eight at a time: multiplied and folded, so that every bit reaches all others.
std::uint64_t hash_of(const std::byte* bytes, std::size_t size, std::uint64_t key) {
  auto hash = key ^ size;
  for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i, std::min(sizeof word, size - i));
    hash = (hash ^ word) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32;
  }
  return hash * 0xD6E8FEB86659FD93U;
}

}  // namespace

ContentOrder::ContentOrder(std::uint64_t seed, std::string_view purpose)
    : purpose_(purpose), key_(stream_key(seed, purpose)) {}

void ContentOrder::add(const at::Tensor& samples) {
  const auto n = samples.size(0);
  if (n == 0) return;
  const auto rows = samples.detach().contiguous();
  const auto* bytes = static_cast<const std::byte*>(rows.data_ptr());
  const auto size = rows.nbytes() / static_cast<std::size_t>(n), before = hashes_.size();
  hashes_.resize(before + static_cast<std::size_t>(n));
  at::parallel_for(0, n, 64, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
      hashes_[before + i] = hash_of(bytes + i * size, size, key_);
  });
}

at::Tensor ContentOrder::order() const {
  struct Row {
    std::uint64_t hash;
    std::int64_t number;
  };
  std::vector<Row> order(hashes_.size());
  std::vector<std::size_t> copies(order.size(), 0);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = {hashes_[i], static_cast<std::int64_t>(i)};
  std::ranges::stable_sort(order, {}, &Row::hash);
  // Copies of one row go to places of their own, as the first, second, … of them.
  for (std::size_t i = 1, first = 0; i < order.size(); ++i) {
    if (order[i].hash != order[first].hash) first = i;
    copies[i] = i - first;
  }
  for (std::size_t i = 0; i < order.size(); ++i)
    if (copies[i] > 0) order[i].hash = stream_key(order[i].hash, purpose_, copies[i]);
  std::ranges::stable_sort(order, {}, &Row::hash);
  auto numbers = at::empty({std::ssize(order)}, at::kLong);
  std::ranges::transform(order, numbers.data_ptr<std::int64_t>(), &Row::number);
  return numbers;
}

at::Tensor content_order(const at::Tensor& samples, std::uint64_t seed, std::string_view purpose) {
  ContentOrder order(seed, purpose);
  order.add(samples);
  return order.order();
}

at::Tensor in_content_order(const at::Tensor& samples, std::uint64_t seed, std::string_view purpose) {
  return samples.index_select(0, content_order(samples, seed, purpose));
}

}  // namespace pushforward::metrics
