// The DCGAN's convolutions and those of the flows of images, batch 64: each of the three products, beside
// ATen's.
#include "bench/rates.h"
#include <torch/csrc/autograd/autograd.h>

#include "pushforward/ops/conv.h"
#include "pushforward/ops/precision.h"

namespace pushforward::bench {
namespace {

enum class Product { forward, data, weight };

enum class Way { fast, bfloat16, aten };

template <Way way>
at::Tensor convolved(const at::Tensor& x, const at::Tensor& weight, const ops::ConvOptions& options) {
  return way == Way::aten ? ops::reference::conv(x, weight, options) : ops::conv(x, weight, options);
}

/// GFLOP are those of the convolution as it is defined: Winograd's method does fewer.
template <Way way, Product product>
void measure(benchmark::State& state, std::int64_t in, std::int64_t out, std::int64_t size, std::int64_t rows,
             std::int64_t columns, const ops::ConvOptions& options) {
  const ops::UsePrecision use(way == Way::bfloat16 ? ops::Precision::bfloat16 : ops::Precision::float32);
  auto x = at::randn({64, in, size, size}).contiguous(at::MemoryFormat::ChannelsLast);
  auto weight = at::randn({out, in, rows, columns});
  x.requires_grad_(product == Product::data);
  weight.requires_grad_(product == Product::weight);
  const auto y = convolved<way>(x, weight, options);
  const auto grad = at::randn(y.sizes()).contiguous(at::MemoryFormat::ChannelsLast);
  for (auto _ : state) {
    if constexpr (product == Product::forward)
      benchmark::DoNotOptimize(convolved<way>(x, weight, options));
    else
      benchmark::DoNotOptimize(
          torch::autograd::grad({y}, {product == Product::data ? x : weight}, {grad}, true));
  }
  const auto pixels = static_cast<double>(64 * y.size(2) * y.size(3));
  flops(state, 2.0 * pixels * static_cast<double>(rows * columns * in * out));
}

/// Arguments: channels in and out, height (and width) in; 4×4, stride 2, padding 1.
template <Way way, Product product>
void strided(benchmark::State& state) {
  measure<way, product>(state, state.range(0), state.range(1), state.range(2), 4, 4,
                        {.stride = 2, .padding = 1});
}

/// Arguments: channels in and out, height (and width), rows of the kernel; 3 columns, padded to the same
/// size.
template <Way way, Product product>
void padded(benchmark::State& state) {
  const auto rows = state.range(3);
  measure<way, product>(state, state.range(0), state.range(1), state.range(2), rows, 3,
                        {.padding = {1, 1, rows - 2, 1}});
}

/// Arguments: channels in and out, height (and width); kernels of one tap.
template <Way way, Product product>
void pointwise(benchmark::State& state) {
  measure<way, product>(state, state.range(0), state.range(1), state.range(2), 1, 1, {});
}

/// Arguments: channels in and out, height (and width), pixels between the taps of a 2×3 kernel.
template <Way way, Product product>
void dilated(benchmark::State& state) {
  const auto d = state.range(3);
  measure<way, product>(state, state.range(0), state.range(1), state.range(2), 2, 3,
                        {.padding = {d, d, 0, d}, .dilation = d});
}

void halving(benchmark::internal::Benchmark* one) {
  one->Args({1, 64, 64})->Args({64, 128, 32})->Args({128, 256, 16})->Args({256, 512, 8});
  one->Unit(benchmark::kMillisecond)->UseRealTime();
}

void keeping(benchmark::internal::Benchmark* one) {
  one->Args({64, 64, 28, 3})->Args({64, 64, 14, 3})->Args({64, 64, 7, 3})->Args({64, 128, 28, 2});
  one->Unit(benchmark::kMillisecond)->UseRealTime();
}

void mixing(benchmark::internal::Benchmark* one) {
  one->Args({80, 80, 28})->Args({160, 160, 28})->Args({64, 64, 14});
  one->Unit(benchmark::kMillisecond)->UseRealTime();
}

void reaching(benchmark::internal::Benchmark* one) {
  one->Args({80, 160, 28, 1})->Args({80, 160, 28, 4});
  one->Unit(benchmark::kMillisecond)->UseRealTime();
}

#define PF_ONE(kind, shapes, product, way) \
  BENCHMARK(kind<Way::way, Product::product>)->Name("conv/" #kind "/" #product "/" #way)->Apply(shapes)
#define PF_BENCHMARK(kind, shapes, product) \
  PF_ONE(kind, shapes, product, fast);      \
  PF_ONE(kind, shapes, product, bfloat16);  \
  PF_ONE(kind, shapes, product, aten)

PF_BENCHMARK(pointwise, mixing, forward);
PF_BENCHMARK(pointwise, mixing, data);
PF_BENCHMARK(pointwise, mixing, weight);
PF_BENCHMARK(dilated, reaching, forward);
PF_BENCHMARK(dilated, reaching, data);
PF_BENCHMARK(dilated, reaching, weight);
PF_BENCHMARK(strided, halving, forward);
PF_BENCHMARK(strided, halving, data);
PF_BENCHMARK(strided, halving, weight);
PF_BENCHMARK(padded, keeping, forward);
PF_BENCHMARK(padded, keeping, data);
PF_BENCHMARK(padded, keeping, weight);

}  // namespace
}  // namespace pushforward::bench
