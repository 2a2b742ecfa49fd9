// What elementwise operations share.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cstdint>

namespace pushforward::ops {

/// Calls body(begin, size) for pieces of n numbers, on all threads.
template <typename Body>
void in_pieces(std::int64_t n, const Body& body) {
  constexpr std::int64_t piece = 1 << 15;
  at::parallel_for(0, n, piece, [&](std::int64_t begin, std::int64_t end) { body(begin, end - begin); });
}

/// x with the strides of `like`, which has its shape and no gaps.
inline at::Tensor laid_out_as(const at::Tensor& like, const at::Tensor& x) {
  return x.strides() == like.strides() ? x : at::empty_like(like).copy_(x);
}

}  // namespace pushforward::ops
