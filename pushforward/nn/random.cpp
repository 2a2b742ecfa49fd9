#include "pushforward/nn/random.h"

#include "pushforward/nn/weight_limit.h"

namespace pushforward::nn {
namespace {

const at::TensorOptions drawn = at::TensorOptions(at::kFloat).device(at::kCPU).requires_grad(false);

at::Tensor brought_to(const at::Tensor& x, const at::TensorOptions& options) {
  return x.to(options.device(), c10::typeMetaToScalarType(options.dtype()));
}

}  // namespace

at::Tensor draw_normal(at::IntArrayRef sizes, double mean, double sd, at::Generator generator,
                       const at::TensorOptions& options) {
  expect_room(sizes);
  return brought_to(at::empty(sizes, drawn).normal_(mean, sd, std::move(generator)), options);
}

at::Tensor draw_uniform(at::IntArrayRef sizes, double low, double high, at::Generator generator,
                        const at::TensorOptions& options) {
  expect_room(sizes);
  return brought_to(at::empty(sizes, drawn).uniform_(low, high, std::move(generator)), options);
}

at::Tensor draw_uniform_like(const at::Tensor& x, double low, double high, at::Generator generator) {
  return brought_to(at::empty_like(x, drawn).uniform_(low, high, std::move(generator)), x.options());
}

}  // namespace pushforward::nn
