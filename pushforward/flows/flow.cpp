#include "pushforward/flows/flow.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/nn/random.h"
#include "pushforward/nn/trainable.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/parallel.h"

namespace pushforward::flows {
namespace {

bool is_finite(const at::Tensor& x) {
  return at::isfinite(x).all().item<bool>();
}

std::string place(const Flow::Layer& layer) {
  return fmt::format("{} ({})", layer.name, layer.bijector->describe());
}

/// [n, …].
std::vector<std::int64_t> batch_of(std::int64_t n, const Event& event) {
  std::vector<std::int64_t> shape{n};
  shape.insert(shape.end(), event.begin(), event.end());
  return shape;
}

/// A layer's inverse. Where no gradient is asked for, threads take so few images at a time through a layer
/// that what it makes of them stays in their caches.
Transformed inverse_by_parts(const Flow::Layer& layer, const at::Tensor& y, const Context& context) {
  constexpr std::int64_t few = 16;
  const auto n = y.size(0);
  const auto& bijector = layer.bijector;
  if (at::GradMode::is_enabled() || layer.in.size() != 3 || n <= few || bijector->needs_whole_batches() ||
      bijector->inverse_kind() != Inverse::analytic || context.generator)
    return bijector->inverse(y, context);
  const auto count = (n + few - 1) / few;
  std::vector<Transformed> parts(static_cast<std::size_t>(count));
  ops::parallel_for_operations(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) {
      const auto part = [&](const at::Tensor& all) {
        return all.defined() ? all.slice(0, i * few, std::min(n, (i + 1) * few)) : all;
      };
      auto here = context;
      here.condition = part(context.condition);
      here.latent = part(context.latent);
      parts[static_cast<std::size_t>(i)] = bijector->inverse(part(y), here);
    }
  });
  std::vector<at::Tensor> values, log_dets;
  for (const auto& part : parts) {
    values.push_back(part.value);
    if (part.log_det.defined()) log_dets.push_back(part.log_det);
  }
  return {at::cat(values), log_dets.empty() ? at::Tensor() : at::cat(log_dets)};
}

}  // namespace

Flow::Flow(Event event, Bijectors preprocessing, Bijectors layers) : event_(std::move(event)) {
  PF_CHECK((event_.size() == 1 || event_.size() == 3) &&
               std::all_of(event_.begin(), event_.end(), [](auto length) { return length > 0; }),
           "[flow] expected events [D] or [C, H, W] of at least one dimension, got {}", event_);
  last_ = event_;
  add("preprocessing", preprocessing);
  add("layers", layers);
  set_reversible(false);
  eval();
}

void Flow::add(const std::string& group, const Bijectors& members) {
  if (members.empty()) return;
  auto list = register_module(group, std::make_shared<torch::nn::Module>());
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& bijector = members[i];
    list->register_module(std::to_string(i), bijector);
    layers_.push_back({fmt::format("{}.{}", group, i), bijector, last_, bijector->output(last_)});
    const auto &in = layers_.back().in, &out = layers_.back().out;
    const auto leaving = bijector->leaves(in);
    PF_CHECK(size_of(out) + (leaving.empty() ? 0 : size_of(leaving)) == size_of(in),
             "[flow] {} makes {} of {}: a bijection keeps the number of numbers", place(layers_.back()), out,
             in);
    last_ = out;
    const auto condition = bijector->condition_size();
    PF_CHECK(condition == 0 || condition_ == 0 || condition == condition_,
             "[flow] {} needs a condition of {} numbers, those before it one of {}", place(layers_.back()),
             condition, condition_);
    condition_ = std::max(condition_, condition);
  }
}

void Flow::check_given(const char* what, const at::Tensor& given, const Event& event,
                       const Context& context) const {
  PF_CHECK(given.dim() == static_cast<std::int64_t>(event.size()) + 1 &&
               given.sizes().slice(1) == at::IntArrayRef(event),
           "[flow] expected {} [N, {}], got {}", what, fmt::join(event, ", "), given.sizes());
  check_condition("flow", context.condition, given.size(0), condition_);
}

Transformed Flow::encode(const at::Tensor& x, const Context& context) {
  check_given("x", x, event_, context);
  const std::span<const Layer> layers(layers_);
  auto made = pass(layers.first(remembered_), ops::laid_out(x), context);
  const auto rest = pass_reversibly(layers.subspan(remembered_), made.value, context);
  made.latents.insert(made.latents.end(), rest.latents.begin(), rest.latents.end());
  std::vector<at::Tensor> z;
  for (const auto& latent : made.latents) z.push_back(latent.flatten(1));
  z.push_back(rest.value.flatten(1));
  return {ops::laid_out(z.size() == 1 ? z.front() : at::cat(z, 1)), made.log_det + rest.log_det};
}

void Flow::set_reversible(bool reversible) {
  remembered_ = layers_.size();
  if (!reversible) return;
  while (remembered_ > 0 && is_reversible(layers_[remembered_ - 1])) --remembered_;
  if (remembered_ == layers_.size())
    throw usage("reversible backpropagation needs an analytic inverse, which {} has not",
                place(layers_.back()));
}

Transformed Flow::decode(const at::Tensor& z, const Context& context) {
  check_given("z", z, {dims()}, context);
  const auto n = z.size(0);
  auto rest = z;  // the latents that have not come back
  const auto take = [&](const Event& event) {
    const auto at = rest.size(1) - size_of(event);
    const auto latent = ops::laid_out(rest.slice(1, at).reshape(batch_of(n, event)));
    rest = rest.slice(1, 0, at);
    return latent;
  };
  Transformed now{take(last_), context.wants_log_det ? at::zeros({n}, z.options()) : at::Tensor()};
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    PF_CHECK(layer->bijector->inverse_kind() != Inverse::absent, "[flow] {} has no inverse", place(*layer));
    auto here = context_of(*layer, context);
    if (const auto event = layer->bijector->leaves(layer->in); !event.empty()) here.latent = take(event);
    auto next = inverse_by_parts(*layer, now.value, here);
    now = {layer->in == layer->out ? next.value : ops::laid_out(next.value),
           context.wants_log_det ? now.log_det + next.log_det : at::Tensor(),
           {},
           std::max(now.iterations, next.iterations),
           std::max(now.error, next.error)};
  }
  return now;
}

at::Tensor Flow::log_prob(const at::Tensor& x, const Context& context) {
  const auto z = encode(x, context);
  return standard_normal_log_prob(z.value) + z.log_det;
}

at::Tensor Flow::sample(std::int64_t n, double temperature, at::Generator generator, const Context& context) {
  at::NoGradGuard no_grad;
  const auto z = nn::draw_normal({n, dims()}, 0, 1, std::move(generator)) * temperature;
  return decode(z, context.value_alone()).value.contiguous();
}

at::Tensor Flow::sample(std::int64_t n, double temperature, std::uint64_t seed) {
  return sample(n, temperature, nn::generator(stream_key(seed, "sample")));
}

std::string Flow::first_non_finite(const at::Tensor& x, const Context& context) {
  at::NoGradGuard no_grad;
  if (!is_finite(x)) return "the input";
  auto value = ops::laid_out(x);
  for (const auto& layer : layers_) {
    const auto next = go_through(layer, value, context);
    value = next.value;
    if (!is_finite(value) || !is_finite(next.log_det) || (next.latent.defined() && !is_finite(next.latent)))
      return place(layer);
  }
  return is_finite(standard_normal_log_prob(value.flatten(1))) ? "" : "the base distribution";
}

void Flow::initialise(const at::Tensor& x, const Context& context) {
  check_given("x", x, event_, context);
  at::NoGradGuard no_grad;
  auto value = ops::laid_out(x);
  for (const auto& layer : layers_) {
    if (!layer.bijector->is_initialised()) {
      if (!is_finite(value))
        throw nn::NonFinite(fmt::format("what {} starts from is not finite", place(layer)));
      layer.bijector->initialise(value);
    }
    value = go_through(layer, value, context).value;
  }
}

at::Tensor Flow::as_event(const at::Tensor& x) const {
  return x.reshape(batch_of(x.size(0), event_));
}

bool Flow::is_initialised() const {
  return std::all_of(layers_.begin(), layers_.end(),
                     [](const auto& layer) { return layer.bijector->is_initialised(); });
}

bool Flow::has(LogDet kind) const {
  return std::any_of(layers_.begin(), layers_.end(),
                     [=](const auto& layer) { return layer.bijector->log_det_kind() == kind; });
}

bool Flow::may_be_sliced() const {
  return std::none_of(layers_.begin(), layers_.end(),
                      [](const auto& layer) { return layer.bijector->needs_whole_batches(); });
}

bool Flow::is_estimated() const {
  return has(LogDet::estimated);
}

bool Flow::is_bound() const {
  return has(LogDet::bound);
}

bool Flow::can_sample() const {
  return std::all_of(layers_.begin(), layers_.end(),
                     [](const auto& layer) { return layer.bijector->inverse_kind() != Inverse::absent; });
}

bool Flow::dequantizes() const {
  return std::any_of(layers_.begin(), layers_.end(), [](const auto& layer) {
    return dynamic_cast<const Dequantize*>(layer.bijector.get()) != nullptr;
  });
}

double Flow::forward_flop() const {
  double flop = 0;
  for (const auto& layer : layers_) flop += layer.bijector->forward_flop(layer.in);
  return flop;
}

at::Tensor standard_normal_log_prob(const at::Tensor& z) {
  const double constant = 0.5 * static_cast<double>(z.size(1)) * std::log(2.0 * std::numbers::pi);
  return -0.5 * z.square().sum(1) - constant;
}

}  // namespace pushforward::flows
