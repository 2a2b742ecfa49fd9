// An order of samples that does not depend on how they are stored.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pushforward::metrics {

/// The numbers 0 … N−1 of the rows of `samples` [N, …] in an order that what a row holds decides, random
/// under `seed` and `purpose`: the same rows in another order come out the same, copies of one row far apart.
/// Whatever takes some of the
/// samples, or cuts them into parts, takes them in this order, so that a set that is stored class by class
/// measures as a shuffled one does. int64 [N].
at::Tensor content_order(const at::Tensor& samples, std::uint64_t seed, std::string_view purpose);

/// The same of samples that come part by part.
class ContentOrder {
 public:
  ContentOrder(std::uint64_t seed, std::string_view purpose);
  /// samples [n, …], the next of them.
  void add(const at::Tensor& samples);
  at::Tensor order() const;  ///< int64 [N]

 private:
  std::string purpose_;
  std::uint64_t key_;
  std::vector<std::uint64_t> hashes_;
};

/// The rows in that order.
at::Tensor in_content_order(const at::Tensor& samples, std::uint64_t seed, std::string_view purpose);

}  // namespace pushforward::metrics
