// The DCGAN's convolutions, batch 64: each of the three products, beside ATen's.
#include "bench/rates.h"
#include <torch/csrc/autograd/autograd.h>

#include "pushforward/ops/conv.h"

namespace pushforward::bench {
namespace {

enum class Product { forward, data, weight };

/// Arguments: channels in and out, height (and width) in; batch 64, 4×4, stride 2, padding 1. GFLOP are those
/// of the convolution as it is defined: Winograd's method does fewer.
template <auto conv, Product product>
void strided(benchmark::State& state) {
  const auto in = state.range(0), out = state.range(1), size = state.range(2);
  auto x = at::randn({64, in, size, size}).contiguous(at::MemoryFormat::ChannelsLast);
  auto weight = at::randn({out, in, 4, 4});
  const auto grad = at::randn({64, out, size / 2, size / 2}).contiguous(at::MemoryFormat::ChannelsLast);
  const ops::ConvOptions options{.stride = 2, .padding = 1};
  x.requires_grad_(product == Product::data);
  weight.requires_grad_(product == Product::weight);
  const auto y = conv(x, weight, options);
  for (auto _ : state) {
    if constexpr (product == Product::forward)
      benchmark::DoNotOptimize(conv(x, weight, options));
    else
      benchmark::DoNotOptimize(
          torch::autograd::grad({y}, {product == Product::data ? x : weight}, {grad}, true));
  }
  const auto pixels = static_cast<double>(64 * size * size / 4);
  flops(state, 2.0 * pixels * 16 * static_cast<double>(in * out));
}

void shapes(benchmark::internal::Benchmark* one) {
  one->Args({1, 64, 64})->Args({64, 128, 32})->Args({128, 256, 16})->Args({256, 512, 8});
  one->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK(strided<ops::conv, Product::forward>)->Name("conv/forward/fast")->Apply(shapes);
BENCHMARK(strided<ops::conv, Product::data>)->Name("conv/data/fast")->Apply(shapes);
BENCHMARK(strided<ops::conv, Product::weight>)->Name("conv/weight/fast")->Apply(shapes);
BENCHMARK(strided<ops::reference::conv, Product::forward>)->Name("conv/forward/aten")->Apply(shapes);
BENCHMARK(strided<ops::reference::conv, Product::data>)->Name("conv/data/aten")->Apply(shapes);
BENCHMARK(strided<ops::reference::conv, Product::weight>)->Name("conv/weight/aten")->Apply(shapes);

}  // namespace
}  // namespace pushforward::bench
