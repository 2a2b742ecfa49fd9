#include "pushforward/flows/residual.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/ops/precision.h"

namespace pushforward::flows {
namespace {

constexpr double margin = 1.01;              // of a Lipschitz constant before it is measured
constexpr std::int64_t few_dimensions = 64;  // whose Jacobian is computed when nothing may be random

/// The largest ‖x‖ of an example; 0 of none.
double largest_norm(const at::Tensor& x) {
  return x.numel() == 0 ? 0 : x.flatten(1).norm(2, 1).max().item<double>();
}

/// Half a unit in the last place, of 1.
double rounding_of(at::ScalarType type) {
  return (type == at::kFloat ? std::numeric_limits<float>::epsilon()
                             : std::numeric_limits<double>::epsilon()) /
         2;
}

}  // namespace

ResidualBlock::ResidualBlock(const LipschitzNetOptions& net, const ResidualLogDet& log_det,
                             at::Generator& init)
    : event_(net.event), condition_(net.condition), log_det_(log_det) {
  PF_CHECK(log_det.certain_terms >= 1 && log_det.evaluation_terms >= 1,
           "[residual block] expected at least one certain term of the series, got {} and {}",
           log_det.certain_terms, log_det.evaluation_terms);
  net_ = register_module("net", std::make_shared<LipschitzNet>(net, init));
  if (log_det.method == ResidualLogDet::Method::roulette)
    log_det.roulette.check_variance(margin * net_->lipschitz_goal());
}

Transformed ResidualBlock::forward(const at::Tensor& x, const Context& context) {
  check_condition("residual block", context.condition, x.size(0), condition_);
  const bool differentiable = at::GradMode::is_enabled();
  // What is not training is to be inverted: g as the inverse takes it.
  const ops::UsePrecision use(is_training() ? ops::precision() : ops::Precision::float32);
  const auto weights = net_->weights();
  const at::AutoGradMode jacobians(true);  // g must lead to x, whoever asks
  const auto from = differentiable && x.requires_grad() ? x : x.detach().requires_grad_();
  const auto g = net_->forward(from, weights, context.condition);
  const auto log_det = log_det_of(from, g, context, differentiable);
  if (!differentiable) return {x + g.detach(), log_det.detach()};
  return {x + g, log_det};
}

at::Tensor ResidualBlock::log_det_of(const at::Tensor& x, const at::Tensor& g, const Context& context,
                                     bool differentiable) const {
  using Method = ResidualLogDet::Method;
  const bool random = context.generator.has_value();
  if (log_det_.method == Method::exact || (!random && size_of(event_) <= few_dimensions))
    return exact_log_det(x, g, differentiable);
  auto generator = random ? *context.generator : nn::generator(stream_key(0, "log-determinant"));
  const auto probe = draw_probe(log_det_.probe, x, random ? x.size(0) : 1, generator);
  const auto certain =
      is_training() ? log_det_.certain_terms : std::max(log_det_.certain_terms, log_det_.evaluation_terms);
  const auto weights = log_det_.method == Method::power_series
                           ? at::ones({certain, 1}, x.options())
                           : log_det_.roulette.weights(certain, random && !is_training() ? x.size(0) : 1,
                                                       generator, x.options());
  return series_log_det(x, g, probe, weights, differentiable);
}

Transformed ResidualBlock::inverse(const at::Tensor& y, const Context& context) {
  check_condition("residual block", context.condition, y.size(0), condition_);
  const at::NoGradGuard no_grad;
  const ops::UsePrecision as_certified(ops::Precision::float32);
  auto weights = net_->weights();
  const double lipschitz = net_->lipschitz_bound(weights);
  PF_CHECK(lipschitz < 1, "[residual block] expected a Lipschitz constant below 1 to invert, {} is certified",
           lipschitz);
  const auto floor_in = [&](at::ScalarType type) {
    return rounding_of(type) * largest_norm(y) / (1 - lipschitz);
  };
  auto type = y.scalar_type();
  if (type == at::kFloat && floor_in(type) > context.tolerance / 2) type = at::kDouble;
  for (auto& weight : weights) weight = weight.to(type);
  const auto target = y.to(type);
  const double floor =
      floor_in(type) + (type == y.scalar_type() ? 0 : rounding_of(at::kFloat) * largest_norm(y));
  Transformed found{.value = target, .log_det = {}};
  do {
    PF_CHECK(found.iterations < context.max_iterations && floor <= context.tolerance,
             "[residual block] expected an error of at most {:.2g} in x, reached {:.2g} in {} iterations of "
             "at most {}, rounding alone may make {:.2g}",
             context.tolerance, found.error, found.iterations, context.max_iterations, floor);
    const auto next = target - net_->forward(found.value, weights, context.condition);
    found.error = lipschitz / (1 - lipschitz) * largest_norm(next - found.value) + floor;
    found.value = next;
    ++found.iterations;
  } while (!(found.error <= context.tolerance));
  found.value = found.value.to(y.scalar_type());
  if (context.wants_log_det) found.log_det = -forward(found.value, context).log_det;
  return found;
}

LogDet ResidualBlock::log_det_kind() const {
  return log_det_.method == ResidualLogDet::Method::exact ? LogDet::exact : LogDet::estimated;
}

Event ResidualBlock::output(const Event& in) const {
  PF_CHECK(in == event_, "[residual block] expected {}, got {}", event_, in);
  return in;
}

std::string ResidualBlock::describe() const {
  using Method = ResidualLogDet::Method;
  const auto how = log_det_.method == Method::exact          ? "exact log-determinant"
                   : log_det_.method == Method::power_series ? "truncated log-determinant"
                                                             : log_det_.roulette.describe();
  return fmt::format("residual block, {}, Lipschitz constant {:.2f}, {}", net_->describe(),
                     net_->lipschitz_goal(), how);
}

}  // namespace pushforward::flows
