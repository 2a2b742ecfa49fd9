// The smallest bijectors of each kind that this room makes room for, to hold the seams to.
#pragma once

#include "tests/ops/tensors.h"

#include "pushforward/core/error.h"
#include "pushforward/flows/bijector.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {

/// y = x + ½·tanh(Wx)/‖W‖, a residual block, with its exact log-determinant. The inverse is the fixed point
/// of x ↦ y − g(x), which halves the error.
class Contraction : public Bijector {
 public:
  Contraction(std::int64_t dims, at::Generator& init) {
    weight = register_parameter("weight", at::empty({dims, dims}).normal_(0.0, 1.0, init));
  }

  Transformed forward(const at::Tensor& x, const Context&) override {
    const auto step = step_of(x);
    return {x + step, log_det_of(step)};
  }

  Transformed inverse(const at::Tensor& y, const Context& context) override {
    auto x = y;
    Transformed found;
    while (true) {
      const auto next = y - step_of(x);
      // Banach: ‖x̂ − x‖ ≤ q/(1 − q)·‖last step‖, here with q = ½.
      found.error = y.numel() == 0 ? 0 : (next - x).abs().max().item<double>();
      x = next;
      ++found.iterations;
      if (found.error <= context.tolerance) break;
      if (found.iterations >= context.max_iterations)
        throw fail("[contraction] expected an error of at most {}, reached {} in {} iterations",
                   context.tolerance, found.error, found.iterations);
    }
    found.value = x;
    found.log_det = -log_det_of(step_of(x));
    return found;
  }

  Inverse inverse_kind() const override { return Inverse::iterative; }
  std::string describe() const override { return "contraction"; }

  at::Tensor weight;  // [D, D]

 private:
  at::Tensor step_of(const at::Tensor& x) const {
    return 0.5 * at::tanh(ops::feature_major(x.matmul(weight.t()))) / weight.norm();
  }
  /// log|det(1 + diag(½(1 − tanh²)/‖W‖) W)|, from the step, ½·tanh/‖W‖.
  at::Tensor log_det_of(const at::Tensor& step) const {
    const auto slope = 0.5 * (1 - (2 * step * weight.norm()).square()) / weight.norm();
    const auto jacobian = at::eye(weight.size(0), weight.options()) + slope.unsqueeze(2) * weight;
    return std::get<1>(at::slogdet(jacobian));
  }
};

/// y = x⊙exp(s), whose log-determinant Σ s is estimated with a probe v ~ N(0, 1): Σ s v² (Hutchinson's
/// estimator of the trace of diag(s)).
class ProbedScale : public Bijector {
 public:
  explicit ProbedScale(std::int64_t dims) { scale = register_parameter("scale", at::zeros({dims})); }

  Transformed forward(const at::Tensor& x, const Context& context) override {
    return {x * scale.exp(), log_det_of(x, context)};
  }
  Transformed inverse(const at::Tensor& y, const Context& context) override {
    return {y * (-scale).exp(), -log_det_of(y, context)};
  }
  LogDet log_det_kind() const override { return LogDet::estimated; }
  std::string describe() const override { return "probed scale"; }

  at::Tensor scale;  // [D]

 private:
  at::Tensor log_det_of(const at::Tensor& x, const Context& context) const {
    if (!context.generator) return scale.sum().expand({x.size(0)});
    return (scale * at::empty_like(x).normal_(0.0, 1.0, *context.generator).square()).sum(1);
  }
};

/// y = 2x, with a mode and a buffer: "seen" counts the examples of training.
class Counted : public Bijector {
 public:
  Counted() { seen = register_buffer("seen", at::zeros({})); }

  Transformed forward(const at::Tensor& x, const Context&) override {
    if (is_training()) seen.add_(x.size(0));
    return {2 * x, at::full({x.size(0)}, log_det_of(x), x.options())};
  }
  Transformed inverse(const at::Tensor& y, const Context&) override {
    return {y / 2, at::full({y.size(0)}, -log_det_of(y), y.options())};
  }
  std::string describe() const override { return "counted doubling"; }

  at::Tensor seen;  // []

 private:
  static double log_det_of(const at::Tensor& x) {
    double log_det = std::log(2.0);
    for (const auto length : x.sizes().slice(1)) log_det *= static_cast<double>(length);
    return log_det;
  }
};

/// The identity, that nobody inverts.
class OneWay : public Bijector {
 public:
  Transformed forward(const at::Tensor& x, const Context&) override {
    return {x, at::zeros({x.size(0)}, x.options())};
  }
  Transformed inverse(const at::Tensor&, const Context&) override { throw fail("[one way] has no inverse"); }
  Inverse inverse_kind() const override { return Inverse::absent; }
  std::string describe() const override { return "one way"; }
};

}  // namespace pushforward::flows
