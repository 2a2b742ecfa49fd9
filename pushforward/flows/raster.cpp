#include "pushforward/flows/raster.h"

#include <fmt/ranges.h>

#include <numeric>

#include "pushforward/core/error.h"
#include "pushforward/flows/pixel_features.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {
namespace {

/// [k, k] with ones before the centre, row by row: mask A.
at::Tensor before_centre(std::int64_t k, const at::TensorOptions& options) {
  auto mask = at::zeros({k * k}, options);
  mask.slice(0, 0, k * k / 2).fill_(1);
  return mask.view({k, k});
}

}  // namespace

Raster::Raster(const RasterOptions& options, at::Generator& init)
    : event_(options.event), transformer_(transformer(options.transformer)) {
  PF_CHECK(event_.size() == 3, "[raster] expected an image, got an event of {} axes", event_.size());
  PF_CHECK(options.hidden > 0 && options.layers >= 0,
           "[raster] expected hidden channels and layers, got {} and {}", options.hidden, options.layers);
  for (const auto& parameter : transformer_.parameters) channels_.push_back(parameter.size * event_[0]);
  reach_ = std::max(event_[1], event_[2]) - 1;
  first_ = register_module("first", std::make_shared<nn::Conv>(2 * event_[0], options.hidden, 2 * reach_ + 1,
                                                               ops::ConvOptions{}, init));
  offset_ = register_parameter("offset", at::zeros({options.hidden, event_[1], event_[2]}));
  for (std::int64_t i = 0; i < options.layers; ++i)
    layers_.push_back(
        register_module(std::to_string(i), std::make_shared<nn::GatedConv>(options.hidden, 1, init)));
  const auto out = std::accumulate(channels_.begin(), channels_.end(), std::int64_t{0});
  last_ = register_module("last", std::make_shared<nn::BiasedConv>(options.hidden, out, 1, init));
  const at::NoGradGuard no_grad;
  last_->weight.mul_(0.01);
}

std::vector<at::Tensor> Raster::parameters_of(const at::Tensor& seen, std::int64_t padding,
                                              const at::Tensor& offset) const {
  const auto& weight = first_->weight;
  auto hidden = ops::conv(seen, weight * before_centre(weight.size(2), weight.options().requires_grad(false)),
                          {.padding = padding}) +
                offset;
  for (const auto& layer : layers_) hidden = layer->forward(hidden);
  return last_->forward(at::elu(hidden)).split_with_sizes(channels_, 1);
}

Transformed Raster::forward(const at::Tensor& x, const Context&) {
  const auto [y, log_det] = transformer_.forward(x, parameters_of(pixel_features(x), reach_, offset_));
  return {ops::laid_out(y), log_det};
}

Transformed Raster::inverse(const at::Tensor& y, const Context&) {
  const auto n = y.size(0), c = event_[0], h = event_[1], w = event_[2], side = 2 * reach_ + 1;
  const auto seen = at::zeros({n, 2 * c, h + 2 * reach_, w + 2 * reach_}, y.options().requires_grad(false));
  auto log_det = at::zeros({n}, y.options());
  std::vector<at::Tensor> found;
  const auto at_position = [](const at::Tensor& x, std::int64_t i, std::int64_t j, std::int64_t size) {
    return x.slice(-2, i, i + size).slice(-1, j, j + size);
  };
  for (std::int64_t i = 0; i < h; ++i)
    for (std::int64_t j = 0; j < w; ++j) {
      const auto around = at_position(seen, i, j, side).clone(at::MemoryFormat::ChannelsLast);
      const auto [value, change] = transformer_.inverse(
          at_position(y, i, j, 1), parameters_of(around, 0, at_position(offset_, i, j, 1)));
      at_position(seen, i + reach_, j + reach_, 1).copy_(pixel_features(value));
      found.push_back(value);
      log_det = log_det + change;
    }
  return {ops::laid_out(at::cat(found, 2).reshape({n, c, h, w})), log_det};
}

Event Raster::output(const Event& in) const {
  PF_CHECK(in == event_, "[raster] expected images {}, got {}", event_, in);
  return in;
}

double Raster::forward_flop(const Event& in) const {
  double flop = 2.0 * static_cast<double>(first_->weight.numel()) + last_->flop();
  for (const auto& layer : layers_) flop += layer->flop();
  return flop * static_cast<double>(in[1] * in[2]);
}

std::string Raster::describe() const {
  return fmt::format("{} in raster order, {}→{}→{}, {} gated layers", transformer_.name, 2 * event_[0],
                     offset_.size(0), last_->bias.size(0), layers_.size());
}

}  // namespace pushforward::flows
