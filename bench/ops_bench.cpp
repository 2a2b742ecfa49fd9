// Each op at RealNVP's shapes, beside its composed ATen reference.
#include "bench/rates.h"

#include "pushforward/flows/coupling.h"
#include "pushforward/ops/adam.h"
#include "pushforward/ops/affine.h"
#include "pushforward/ops/discretised_logistics.h"
#include "pushforward/ops/elu.h"
#include "pushforward/ops/gated_sum.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/linear.h"
#include "pushforward/ops/pooled_responses.h"

namespace pushforward::bench {
namespace {

using Pair = std::pair<at::Tensor, at::Tensor>;

at::Tensor batch(std::int64_t n, std::int64_t d) {
  return ops::feature_major(at::randn({n, d}));
}

/// Arguments: samples, inputs, outputs.
template <auto linear>
void linear_forward(benchmark::State& state) {
  const auto n = state.range(0), in = state.range(1), out = state.range(2);
  const auto x = batch(n, in), weight = at::randn({out, in}), bias = at::randn({out});
  const at::NoGradGuard no_grad;
  for (auto _ : state) benchmark::DoNotOptimize(linear(x, weight, bias, ops::Activation::relu));
  flops(state, 2.0 * static_cast<double>(n * in * out));
}

/// Forward, and the gradients of x, weight and bias.
template <auto linear>
void linear_backward(benchmark::State& state) {
  const auto n = state.range(0), in = state.range(1), out = state.range(2);
  const auto grad = batch(n, out);
  std::vector<at::Tensor> inputs{batch(n, in), at::randn({out, in}), at::randn({out})};
  for (auto& tensor : inputs) tensor.requires_grad_(true);
  for (auto _ : state) {
    linear(inputs[0], inputs[1], inputs[2], ops::Activation::relu).backward(grad);
    for (auto& tensor : inputs) tensor.mutable_grad().reset();
  }
  flops(state, 6.0 * static_cast<double>(n * in * out));
}

/// x, scale, shift → y, log_det.
template <auto affine>
void affine_forward(benchmark::State& state) {
  const auto n = state.range(0);
  const auto x = batch(n, 392), raw = batch(n, 392), shift = batch(n, 392);
  const at::NoGradGuard no_grad;
  for (auto _ : state) benchmark::DoNotOptimize(affine(x, raw, shift));
  bytes(state, 4.0 * 4 * 392 * static_cast<double>(n));
}

template <auto affine>
void affine_backward(benchmark::State& state) {
  const auto n = state.range(0);
  std::vector<at::Tensor> inputs{batch(n, 392), batch(n, 392), batch(n, 392)};
  const auto grad = batch(n, 392), grad_log_det = at::randn({n});
  for (auto& tensor : inputs) tensor.requires_grad_(true);
  for (auto _ : state) {
    const auto [y, log_det] = affine(inputs[0], inputs[1], inputs[2]);
    ((y * grad).sum() + (log_det * grad_log_det).sum()).backward();
    for (auto& tensor : inputs) tensor.mutable_grad().reset();
  }
  bytes(state, 9.0 * 4 * 392 * static_cast<double>(n));
}

/// Images of 64 channels of 14×14, both ways.
template <auto elu>
void elu_both(benchmark::State& state) {
  const auto x = at::randn({state.range(0), 64, 14, 14}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto grad = at::randn_like(x);
  x.requires_grad_(true);
  for (auto _ : state) {
    elu(x).backward(grad);
    x.mutable_grad().reset();
  }
  bytes(state, 4.0 * 5 * static_cast<double>(x.numel()));
}

/// Numbers of mixtures of ten.
template <auto quantile_of>
void quantile(benchmark::State& state) {
  const auto f = at::rand({state.range(0)}), mixtures = at::randn({state.range(0), 3, 10});
  for (auto _ : state) benchmark::DoNotOptimize(quantile_of(f, 1 - f, mixtures));
  bytes(state, 4.0 * 33 * static_cast<double>(f.numel()));
}

/// Forward and backward of a gated layer of 64 channels on 14×14 positions.
template <auto gated_sum>
void gated_both(benchmark::State& state) {
  const auto images = [&] {
    return at::randn({state.range(0), 64, 14, 14}).contiguous(at::MemoryFormat::ChannelsLast);
  };
  std::vector<at::Tensor> inputs{images(), images(), at::randn({64}), images(), at::randn({64})};
  const auto grad = images();
  for (auto& tensor : inputs) tensor.requires_grad_(true);
  for (auto _ : state) {
    gated_sum(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]).backward(grad);
    for (auto& tensor : inputs) tensor.mutable_grad().reset();
  }
  bytes(state, 9.0 * 4 * static_cast<double>(grad.numel()));
}

template <auto divide, auto join>
void divide_and_join(benchmark::State& state) {
  const auto partition = ops::Partition::from_mask(flows::alternating_mask(784, 0));
  const auto x = batch(state.range(0), 784);
  const at::NoGradGuard no_grad;
  for (auto _ : state) {
    const auto [kept, changed] = divide(x, partition);
    benchmark::DoNotOptimize(join(kept, changed, partition));
  }
  bytes(state, 4.0 * 4 * 784 * static_cast<double>(state.range(0)));
}

/// RealNVP's live parameters: 12.87 million in 64 tensors.
template <auto adam_step>
void adam(benchmark::State& state) {
  std::vector<at::Tensor> parameters, gradients, first, second;
  double count = 0;
  for (int net = 0; net < 16; ++net)
    for (const auto& shape : {at::DimVector{1024, 392}, {1024}, {392, 1024}, {392}}) {
      parameters.push_back(at::randn(shape));
      gradients.push_back(at::randn(shape));
      first.push_back(at::zeros(shape));
      second.push_back(at::zeros(shape));
      count += static_cast<double>(parameters.back().numel());
    }
  std::int64_t step = 0;
  for (auto _ : state) adam_step(parameters, gradients, first, second, ++step, {});
  bytes(state, 28.0 * count);  // reads p, g, m, v; writes p, m, v
}

/// The detector filters' look at images of 28×28.
template <auto op>
void responses(benchmark::State& state) {
  const at::NoGradGuard no_grad;
  const auto images = at::rand({64, 1, 28, 28}), filters = at::randn({32, 1, 5, 5});
  for (auto _ : state) benchmark::DoNotOptimize(op(images, filters, 4));
}

void linear_shapes(benchmark::internal::Benchmark* one) {
  one->Args({128, 392, 1024})->Args({128, 1024, 392})->Args({2048, 392, 1024});
  one->Unit(benchmark::kMillisecond)->UseRealTime();
}

void batches(benchmark::internal::Benchmark* one) {
  one->Arg(128)->Arg(2048)->Unit(benchmark::kMicrosecond)->UseRealTime();
}

BENCHMARK(linear_forward<ops::linear>)->Name("linear/forward/fast")->Apply(linear_shapes);
BENCHMARK(linear_forward<ops::reference::linear>)->Name("linear/forward/aten")->Apply(linear_shapes);
BENCHMARK(linear_backward<ops::linear>)->Name("linear/backward/fast")->Apply(linear_shapes);
BENCHMARK(linear_backward<ops::reference::linear>)->Name("linear/backward/aten")->Apply(linear_shapes);
BENCHMARK(affine_forward<ops::affine>)->Name("affine/forward/fast")->Apply(batches);
BENCHMARK(affine_forward<ops::reference::affine>)->Name("affine/forward/aten")->Apply(batches);
BENCHMARK(affine_backward<ops::affine>)->Name("affine/backward/fast")->Apply(batches);
BENCHMARK(affine_backward<ops::reference::affine>)->Name("affine/backward/aten")->Apply(batches);
BENCHMARK(elu_both<ops::elu>)->Name("elu/fast")->Apply(batches);
BENCHMARK(elu_both<ops::reference::elu>)->Name("elu/aten")->Apply(batches);
BENCHMARK(quantile<ops::discretised_logistics_quantile>)->Name("quantile of logistics/fast")->Arg(100352);
BENCHMARK(quantile<ops::reference::discretised_logistics_quantile>)
    ->Name("quantile of logistics/aten")
    ->Arg(100352);
BENCHMARK(gated_both<ops::gated_sum>)->Name("gated sum/fast")->Apply(batches);
BENCHMARK(gated_both<ops::reference::gated_sum>)->Name("gated sum/aten")->Apply(batches);
BENCHMARK((divide_and_join<ops::divide, ops::join>))->Name("divide+join/fast")->Apply(batches);
BENCHMARK((divide_and_join<ops::reference::divide, ops::reference::join>))
    ->Name("divide+join/aten")
    ->Apply(batches);
BENCHMARK(responses<ops::pooled_responses>)->Name("pooled responses/fast");
BENCHMARK(responses<ops::reference::pooled_responses>)->Name("pooled responses/aten");
BENCHMARK(adam<ops::adam_step>)->Name("adam/fast")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(adam<ops::reference::adam_step>)->Name("adam/aten")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace pushforward::bench
