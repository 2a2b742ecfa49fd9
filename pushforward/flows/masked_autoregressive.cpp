#include "pushforward/flows/masked_autoregressive.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"

namespace pushforward::flows {
namespace {

std::int64_t numbers_of(const Transformer& transformer) {
  std::int64_t numbers = 0;
  for (const auto& parameter : transformer.parameters) numbers += parameter.size;
  return numbers;
}

}  // namespace

MaskedAutoregressive::MaskedAutoregressive(const MaskedAutoregressiveOptions& options, at::Generator& init)
    : options_(options), transformer_(transformer(options.transformer)) {
  net_ =
      register_module("net", std::make_shared<MaskedMlp>(MaskedMlpOptions{.dims = options.dims,
                                                                          .numbers = numbers_of(transformer_),
                                                                          .hidden = options.hidden,
                                                                          .depth = options.depth,
                                                                          .condition = options.condition},
                                                         init));
}

std::vector<at::Tensor> MaskedAutoregressive::parameters(const at::Tensor& numbers,
                                                         std::int64_t features) const {
  std::vector<std::int64_t> sizes;
  for (const auto& parameter : transformer_.parameters) sizes.push_back(parameter.size * features);
  return numbers.split_with_sizes(sizes, 1);
}

Transformed MaskedAutoregressive::at_once(Transformer::Map map, const at::Tensor& in,
                                          const Context& context) const {
  const auto [value, log_det] = map(in, parameters(net_->forward(in, context.condition), in.size(1)));
  return {value, log_det};
}

Transformed MaskedAutoregressive::in_order(Transformer::Map map, const at::Tensor& in,
                                           const Context& context) const {
  MaskedMlp::Walk walk(*net_, context.condition, in);
  auto out = in.slice(1, 0, 0);
  auto log_det = at::zeros({in.size(0)}, in.options().requires_grad(false));
  for (std::int64_t i = 0; i < in.size(1); ++i) {
    const auto next = map(in.slice(1, i, i + 1), parameters(walk.next(out), 1));
    out = at::cat({out.t(), next.first.t()}, 0).t();
    log_det = log_det + next.second;
  }
  return {out, log_det};
}

Transformed MaskedAutoregressive::forward(const at::Tensor& x, const Context& context) {
  check_condition("masked autoregressive", context.condition, x.size(0), options_.condition);
  return options_.parallel == Parallel::density ? at_once(transformer_.forward, x, context)
                                                : in_order(transformer_.forward, x, context);
}

Transformed MaskedAutoregressive::inverse(const at::Tensor& y, const Context& context) {
  check_condition("masked autoregressive", context.condition, y.size(0), options_.condition);
  return options_.parallel == Parallel::density ? in_order(transformer_.inverse, y, context)
                                                : at_once(transformer_.inverse, y, context);
}

Inverse MaskedAutoregressive::inverse_kind() const {
  return options_.parallel == Parallel::density ? Inverse::sequential : Inverse::analytic;
}

Event MaskedAutoregressive::output(const Event& in) const {
  PF_CHECK(in == Event{options_.dims}, "[masked autoregressive] expected {} features, got {}", options_.dims,
           in);
  return in;
}

std::string MaskedAutoregressive::describe() const {
  return fmt::format("{} autoregressive, {} in one pass, {}→{}", transformer_.name,
                     options_.parallel == Parallel::density ? "the density" : "sampling", net_->describe(),
                     numbers_of(transformer_) * options_.dims);
}

}  // namespace pushforward::flows
