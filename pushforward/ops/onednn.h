// What both users of oneDNN share, and the one place that knows its versions, 2.6 and 3.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include <cstddef>
#include <memory>
#include <new>

namespace pushforward::ops::onednn {

/// The engine of this thread.
inline const dnnl::engine& engine() {
  thread_local const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

inline dnnl::stream& stream() {
  thread_local dnnl::stream stream(engine());
  return stream;
}

/// Uninitialised memory that any thread may use: oneDNN's own belongs to the engine of one.
inline std::shared_ptr<std::byte> buffer(std::size_t bytes) {
  constexpr std::align_val_t alignment{64};
  return {static_cast<std::byte*>(::operator new(bytes, alignment)),
          [](std::byte* numbers) { ::operator delete(numbers, alignment); }};
}

/// Numbers that lie as `desc` says. oneDNN takes what it reads, too, as memory that may be written.
inline dnnl::memory wrap(const dnnl::memory::desc& desc, const void* numbers) {
  return {desc, engine(), const_cast<void*>(numbers)};
}

/// Copies numbers to where they lie otherwise, or are rounded.
inline void reorder(dnnl::memory from, dnnl::memory to) {
  dnnl::reorder(from, to).execute(stream(), from, to);
  stream().wait();
}

/// C = A B.
inline dnnl::matmul::primitive_desc matmul(const dnnl::memory::desc& a, const dnnl::memory::desc& b,
                                           const dnnl::memory::desc& c, const dnnl::primitive_attr& how) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), a, b, c, how};
#else
  return {{a, b, c}, how, engine()};
#endif
}

/// Images and a kernel, and how the kernel goes over them.
struct Convolution {
  dnnl::memory::desc x, weight, y;
  dnnl::memory::dims stride, dilation, before, after;  // dilation: pixels between taps; paddings
};

constexpr auto direct = dnnl::algorithm::convolution_direct;

inline dnnl::convolution_forward::primitive_desc forward(const Convolution& c) {
  constexpr auto training = dnnl::prop_kind::forward_training;
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), training, direct, c.x, c.weight, c.y, c.stride, c.dilation, c.before, c.after};
#else
  return {{training, direct, c.x, c.weight, c.y, c.stride, c.dilation, c.before, c.after}, engine()};
#endif
}

/// Of a Gradient, oneDNN's by data or by weights, of a convolution whose forward product is `of`.
template <typename Gradient>
typename Gradient::primitive_desc backward(const Convolution& c,
                                           const dnnl::convolution_forward::primitive_desc& of) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), direct, c.x, c.weight, c.y, c.stride, c.dilation, c.before, c.after, of};
#else
  return {{direct, c.x, c.weight, c.y, c.stride, c.dilation, c.before, c.after}, engine(), of};
#endif
}

}  // namespace pushforward::ops::onednn
