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

at::Tensor content_order(const at::Tensor& samples, std::uint64_t seed, std::string_view purpose) {
  const auto rows = samples.detach().contiguous();
  const auto n = rows.size(0);
  const auto key = stream_key(seed, purpose);
  const auto* bytes = static_cast<const std::byte*>(rows.data_ptr());
  const auto size = n == 0 ? 0 : rows.nbytes() / static_cast<std::size_t>(n);
  struct Row {
    std::uint64_t hash;
    std::int64_t number;
  };
  std::vector<Row> order(static_cast<std::size_t>(n));
  std::vector<std::size_t> copies(order.size(), 0);
  at::parallel_for(0, n, 64, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) {
      const auto row = static_cast<std::size_t>(i);
      order[row] = {hash_of(bytes + row * size, size, key), i};
    }
  });
  std::ranges::stable_sort(order, {}, &Row::hash);
  // Copies of one row go to places of their own, as the first, second, … of them.
  for (std::size_t i = 1, first = 0; i < order.size(); ++i) {
    if (order[i].hash != order[first].hash) first = i;
    copies[i] = i - first;
  }
  for (std::size_t i = 0; i < order.size(); ++i)
    if (copies[i] > 0) order[i].hash = stream_key(order[i].hash, purpose, copies[i]);
  std::ranges::stable_sort(order, {}, &Row::hash);
  auto numbers = at::empty({n}, at::kLong);
  std::ranges::transform(order, numbers.data_ptr<std::int64_t>(), &Row::number);
  return numbers;
}

at::Tensor in_content_order(const at::Tensor& samples, std::uint64_t seed, std::string_view purpose) {
  return samples.index_select(0, content_order(samples, seed, purpose));
}

}  // namespace pushforward::metrics
