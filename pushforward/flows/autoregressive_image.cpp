#include "pushforward/flows/autoregressive_image.h"

#include <ATen/core/grad_mode.h>
#include <fmt/ranges.h>

#include <array>
#include <numeric>

#include "pushforward/core/error.h"
#include "pushforward/flows/conditioner.h"
#include "pushforward/flows/flow.h"
#include "pushforward/flows/pixel_features.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/parallel.h"

namespace pushforward::flows {

AutoregressiveImage::AutoregressiveImage(const AutoregressiveImageOptions& options, at::Generator& init)
    : options_(options), transformer_(transformer(options.transformer)) {
  PF_CHECK(options.event.size() == 3, "[autoregressive] expected images, got events {}", options.event);
  PF_CHECK(options.layers >= 0, "[autoregressive] expected at least no layer, got {}", options.layers);
  const auto channels = options.event[0];
  CausalNetOptions net{.in = transformer_.takes_pixels ? 2 * channels : channels,
                       .height = options.event[1],
                       .width = options.event[2],
                       .hidden = options.hidden,
                       .dilations = {},
                       .mirror = options.mirror,
                       .condition = options.condition};
  constexpr std::array<std::int64_t, 4> dilations{1, 2, 1, 4};
  for (std::size_t l = 0; l < static_cast<std::size_t>(options.layers); ++l)
    net.dilations.push_back(dilations[l % dilations.size()]);
  for (const auto& parameter : transformer_.parameters) sizes_.push_back(parameter.size * channels);
  net.start = starts_of({.changed = channels, .parameters = transformer_.parameters});
  net.out = std::accumulate(sizes_.begin(), sizes_.end(), std::int64_t{0});
  net_ = register_module("net", std::make_shared<CausalNet>(net, init));
}

at::Tensor AutoregressiveImage::seen_of(const at::Tensor& x) const {
  return transformer_.takes_pixels ? pixel_features(x) : x;
}

std::vector<at::Tensor> AutoregressiveImage::parts(const at::Tensor& parameters) const {
  return parameters.split_with_sizes(sizes_, 1);
}

Transformed AutoregressiveImage::forward(const at::Tensor& x, const Context& context) {
  check_condition("autoregressive", context.condition, x.size(0), options_.condition);
  const auto [z, log_det] = transformer_.forward(x, parts(net_->forward(seen_of(x), context.condition)));
  return {ops::laid_out(z), log_det};
}

at::Tensor AutoregressiveImage::log_prob_by_pixel(const at::Tensor& x, const Context& context) const {
  check_condition("autoregressive", context.condition, x.size(0), options_.condition);
  // A pixel each, as the transformer would have it of images of 1×1.
  const auto apart = [](const at::Tensor& of) {
    return of.permute({0, 2, 3, 1}).reshape({-1, of.size(1), 1, 1});
  };
  const auto parameters = net_->forward(seen_of(x), context.condition);
  const auto [z, log_det] = transformer_.forward(apart(x), parts(apart(parameters)));
  return (log_det + standard_normal_log_prob(z.flatten(1))).view({x.size(0), x.size(2), x.size(3)});
}

at::Tensor AutoregressiveImage::complete(const at::Tensor& rows, const at::Tensor& z,
                                         const Context& context) const {
  check_condition("autoregressive", context.condition, z.size(0), options_.condition);
  const auto known = rows.size(2);
  PF_CHECK(known <= z.size(2) && rows.sizes() == z.slice(2, 0, known).sizes(),
           "[autoregressive] expected the first rows of images {}, got {}", z.sizes(), rows.sizes());
  const at::NoGradGuard no_grad;
  auto x = at::zeros_like(z);
  x.slice(2, 0, known).copy_(rows);
  // A pixel is too little work for all threads: each takes images of its own.
  constexpr std::int64_t least = 8;
  ops::parallel_for_operations(0, z.size(0), least, [&](std::int64_t begin, std::int64_t end) {
    const auto& condition = context.condition;
    complete_in_order(x.slice(0, begin, end), z.slice(0, begin, end), known,
                      condition.defined() ? condition.slice(0, begin, end) : condition);
  });
  return x;
}

void AutoregressiveImage::complete_in_order(const at::Tensor& x, const at::Tensor& z, std::int64_t known,
                                            const at::Tensor& condition) const {
  CausalNet::Walk walk(*net_, z.size(0), condition, z.options());
  for (std::int64_t i = 0; i < known; ++i) walk.set_row(seen_of(x.slice(2, i, i + 1)));
  for (std::int64_t i = known; i < z.size(2); ++i)
    for (std::int64_t j = 0; j < z.size(3); ++j) {
      const auto pixel = [&](const at::Tensor& image) { return image.slice(2, i, i + 1).slice(3, j, j + 1); };
      const auto value = transformer_.value_of_inverse(pixel(z), parts(walk.output()));
      pixel(x).copy_(value);
      walk.set(seen_of(value));
    }
}

Transformed AutoregressiveImage::inverse(const at::Tensor& z, const Context& context) {
  const at::NoGradGuard no_grad;
  const auto x = complete(z.slice(2, 0, 0), z, context);
  return {x, context.wants_log_det ? -forward(x, context).log_det : at::Tensor()};
}

Event AutoregressiveImage::output(const Event& in) const {
  PF_CHECK(in == options_.event, "[autoregressive] expected images {}, got {}", options_.event, in);
  return in;
}

std::string AutoregressiveImage::describe() const {
  return fmt::format("{} of each pixel given those before it{}, {} gated layers of {} channels",
                     transformer_.name, options_.mirror ? " and their mirror image" : "", options_.layers,
                     options_.hidden);
}

}  // namespace pushforward::flows
