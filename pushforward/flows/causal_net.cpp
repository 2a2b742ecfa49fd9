#include "pushforward/flows/causal_net.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/nn/random.h"
#include "pushforward/nn/weight_limit.h"
#include "pushforward/ops/biased_relu.h"
#include "pushforward/ops/gate.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {
namespace {

/// [C] along the channels of images.
at::Tensor by_channel(const at::Tensor& bias) {
  return bias.view({1, -1, 1, 1});
}

void check(const CausalNetOptions& o) {
  PF_CHECK(o.in > 0 && o.height > 0 && o.width > 0 && o.hidden > 0 && o.out > 0 && o.condition >= 0,
           "[causal net] expected positive sizes, got {} channels of {}×{}, {} hidden, {} out and a "
           "condition of {}",
           o.in, o.height, o.width, o.hidden, o.out, o.condition);
  PF_CHECK(std::ranges::all_of(o.dilations, [](auto d) { return d >= 1; }),
           "[causal net] expected dilations of at least 1, got {}", o.dilations);
  PF_CHECK(!o.mirror || o.width > 1, "[causal net] expected images of at least 2 columns to mirror, got {}",
           o.width);
  PF_CHECK(!o.start.defined() || o.start.sizes() == at::IntArrayRef{o.out},
           "[causal net] expected a start [{}], got {}", o.out, o.start.sizes());
}

/// Columns first..last of x, as an image of its own.
at::Tensor columns(const at::Tensor& x, std::int64_t first, std::int64_t last) {
  return ops::channels_last(x.slice(3, first, last + 1));
}

at::Tensor rows(const at::Tensor& x, std::int64_t first, std::int64_t last) {
  return ops::channels_last(x.slice(2, first, last + 1));
}

/// What the first layers see: two rows above, two columns to the left.
constexpr std::int64_t seen = 2;

/// Columns on either side of a pixel's mirror image that it sees in its own row: objects are not centred to
/// the pixel.
constexpr std::int64_t near = 3;

/// The first column right of the middle: there a pixel's mirror image is known, and all left of that.
std::int64_t right_half(const CausalNetOptions& options) {
  return (options.width + 1) / 2;
}

std::int64_t reach_of(const CausalNetOptions& options) {
  return options.dilations.empty() ? 0 : *std::ranges::max_element(options.dilations);
}

}  // namespace

CausalNet::CausalNet(const CausalNetOptions& options, at::Generator& init) : options_(options) {
  check(options);
  const auto c = options.hidden;
  const auto conv = [&](const std::string& name, std::int64_t from, std::int64_t to, std::int64_t tall,
                        std::int64_t wide, const ops::ConvOptions& how) {
    return register_module(name, std::make_shared<nn::Conv>(from, to, tall, wide, how, init));
  };
  const auto zeros = [&](const std::string& name, at::IntArrayRef sizes) {
    nn::expect_room(sizes);
    return register_parameter(name, at::zeros(sizes));
  };
  first_above_ = conv("first_above", options.in, c, 2, 3, {.padding = {seen, 1, -1, 1}});
  first_left_ = conv("first_left", options.in, c, 1, 2, {.padding = {0, seen, 0, -1}});
  first_link_ = conv("first_link", c, c, 1, 1, {});
  if (options.mirror) {
    mirror_above_ = conv("mirror_above", options.in, c, 2, 3, {.padding = {seen, 1, -1, 1}});
    mirror_left_ = conv("mirror_left", options.in, c, 1, 2 * near + 1, {.padding = {0, near, 0, near}});
  }
  position_ = zeros("position", {c, options.height, options.width});
  if (options.condition > 0) {
    condition_above_ =
        register_parameter("condition_above", nn::draw_normal({options.condition, c}, 0, 0.1, init));
    condition_left_ =
        register_parameter("condition_left", nn::draw_normal({options.condition, c}, 0, 0.1, init));
  }
  for (std::size_t l = 0; l < options.dilations.size(); ++l) {
    const auto d = options.dilations[l];
    const auto name = [&](const char* part) { return fmt::format("layer{}_{}", l, part); };
    Layer layer{.dilation = d,
                .above = conv(name("above"), c, 2 * c, 2, 3, {.padding = {d, d, 0, d}, .dilation = d}),
                .left = conv(name("left"), c, 2 * c, 1, 2, {.padding = {0, d, 0, 0}, .dilation = d}),
                .link = conv(name("link"), 2 * c, 2 * c, 1, 1, {}),
                .out = conv(name("out"), c, c, 1, 1, {}),
                .left_bias = zeros(name("left_bias"), {2 * c})};
    // Nobody sees what the last layer would make of the rows above.
    if (l + 1 < options.dilations.size()) layer.above_bias = zeros(name("above_bias"), {2 * c});
    layers_.push_back(std::move(layer));
  }
  hidden_ = conv("hidden", c, 2 * c, 1, 1, {});
  hidden_bias_ = zeros("hidden_bias", {2 * c});
  last_ = conv("last", 2 * c, options.out, 1, 1, {});
  last_bias_ = zeros("last_bias", {options.out});
  const at::NoGradGuard no_grad;
  last_->weight.zero_();
  if (options.start.defined()) last_bias_.copy_(options.start);
}

at::Tensor CausalNet::offset(const at::Tensor& weight, const at::Tensor& condition) const {
  return condition.matmul(weight).unsqueeze(2).unsqueeze(3);
}

at::Tensor CausalNet::reflection(const at::Tensor& x) const {
  const auto middle = right_half(options_);
  const auto reversed = ops::channels_last(x.flip(3).slice(3, middle));
  return at::constant_pad_nd(mirror_left_->forward(reversed), {middle, 0});
}

at::Tensor CausalNet::head(const at::Tensor& left) const {
  const auto inner = hidden_->forward(at::relu(left));
  return last_->forward(ops::biased_relu_(inner, hidden_bias_)) + by_channel(last_bias_);
}

at::Tensor CausalNet::forward(const at::Tensor& x, const at::Tensor& condition) const {
  auto above = first_above_->forward(x), left = first_left_->forward(x);
  if (mirror_above_) {
    above = mirror_above_->add_to(above, ops::channels_last(x.flip(3)));
    left = left + reflection(x);
  }
  if (options_.condition > 0) {
    above = above + offset(condition_above_, condition);
    left = left + offset(condition_left_, condition);
  }
  left = ops::channels_last(first_link_->add_to(left, above) + position_);
  for (const auto& layer : layers_) {
    const auto a = layer.above->forward(above);
    const auto b = layer.left->add_to(layer.link->forward(a), left);
    if (layer.above_bias.defined()) above = ops::gate(a, layer.above_bias, above);
    left = layer.out->add_to(left, ops::gate(b, layer.left_bias));
  }
  return head(left);
}

double CausalNet::forward_flop() const {
  double weights = 0;
  for (const auto& parameter : parameters())
    if (parameter.dim() == 4) weights += static_cast<double>(parameter.numel());
  double flop = 2 * weights * static_cast<double>(options_.height * options_.width);
  if (mirror_left_)  // works right of the middle alone
    flop -= 2 * static_cast<double>(mirror_left_->weight.numel() * options_.height * right_half(options_));
  return flop;
}

CausalNet::Walk::Walk(const CausalNet& net, std::int64_t n, const at::Tensor& condition,
                      const at::TensorOptions& options)
    : net_(net) {
  const auto& o = net.options_;
  const auto reach = reach_of(o);
  const auto images = [&](std::int64_t channels, std::int64_t height, std::int64_t width) {
    return at::empty({n, channels, height, width}, options.memory_format(at::MemoryFormat::ChannelsLast))
        .zero_();
  };
  image_ = images(o.in, seen + o.height, seen + o.width);
  if (o.mirror) mirror_ = images(o.in, 1, near + o.width - right_half(o) + near);
  for (std::size_t l = 0; l < o.dilations.size(); ++l) {
    above_.push_back(images(o.hidden, reach + o.height, o.width));
    left_.push_back(images(o.hidden, 1, reach + o.width));
  }
  link_.resize(o.dilations.size() + 1);
  if (o.condition == 0) return;
  const at::NoGradGuard no_grad;
  offset_above_ = net.offset(net.condition_above_, condition);
  offset_left_ = net.offset(net.condition_left_, condition);
}

void CausalNet::Walk::begin_row() {
  const auto& o = net_.options_;
  const auto reach = reach_of(o);
  const auto above_of = [&](const at::Tensor& x, const nn::Conv& conv, std::int64_t last, std::int64_t d) {
    return ops::conv(rows(x, last - d, last), conv.weight, {.padding = {0, d, 0, d}, .dilation = d});
  };
  const auto known = image_.slice(3, seen);
  auto above = above_of(known, *net_.first_above_, seen + i_ - 1, 1);
  if (o.mirror) above = above + above_of(known.slice(2, i_, i_ + seen).flip(3), *net_.mirror_above_, 1, 1);
  if (offset_above_.defined()) above = above + offset_above_;
  link_[0] = net_.first_link_->forward(above) + net_.position_.slice(1, i_, i_ + 1);
  if (offset_left_.defined()) link_[0] = link_[0] + offset_left_;
  for (std::size_t l = 0; l < net_.layers_.size(); ++l) {
    const auto& layer = net_.layers_[l];
    above_[l].select(2, reach + i_).copy_(above.select(2, 0));
    const auto a = above_of(above_[l], *layer.above, reach + i_, layer.dilation);
    link_[l + 1] = layer.link->forward(a);
    if (layer.above_bias.defined()) above = ops::gate(a, layer.above_bias, above);
  }
}

at::Tensor CausalNet::Walk::output() {
  const at::NoGradGuard no_grad;
  if (j_ == 0) begin_row();
  const auto reach = reach_of(net_.options_);
  const auto row = image_.slice(2, seen + i_, seen + i_ + 1);
  auto left = ops::conv(columns(row, j_, j_ + 1), net_.first_left_->weight, {}) + columns(link_[0], j_, j_);
  if (const auto middle = right_half(net_.options_); net_.options_.mirror && j_ >= middle)
    left = left +
           ops::conv(columns(mirror_, j_ - middle, j_ - middle + 2 * near), net_.mirror_left_->weight, {});
  for (std::size_t l = 0; l < net_.layers_.size(); ++l) {
    const auto& layer = net_.layers_[l];
    const auto at = reach + j_;
    left_[l].select(3, at).copy_(left.select(3, 0));
    const auto b = ops::conv(columns(left_[l], at - layer.dilation, at), layer.left->weight,
                             {.dilation = layer.dilation}, columns(link_[l + 1], j_, j_));
    left = layer.out->add_to(left, ops::gate(b, layer.left_bias));
  }
  return net_.head(left);
}

void CausalNet::Walk::set(const at::Tensor& x) {
  const at::NoGradGuard no_grad;
  image_.slice(2, seen + i_, seen + i_ + 1).slice(3, seen + j_, seen + j_ + 1).copy_(x);
  if (const auto image = net_.options_.width - 1 - j_ - right_half(net_.options_);
      mirror_.defined() && image >= 0)
    mirror_.slice(3, near + image, near + image + 1).copy_(x);
  if (++j_ < net_.options_.width) return;
  j_ = 0;
  ++i_;
}

void CausalNet::Walk::set_row(const at::Tensor& x) {
  PF_CHECK(j_ == 0, "[causal net] expected a row from its first pixel on, got one from pixel {}", j_);
  const at::NoGradGuard no_grad;
  begin_row();
  image_.slice(2, seen + i_, seen + i_ + 1).slice(3, seen).copy_(x);
  ++i_;
}

}  // namespace pushforward::flows
