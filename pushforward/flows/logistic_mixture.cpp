#include <cmath>
#include <limits>

#include "pushforward/flows/transformer.h"
#include "pushforward/ops/affine.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {
namespace {

constexpr std::int64_t logistics = 8;
constexpr double floor_share = 0.01;       // of the fixed component, which keeps slopes away from 0
constexpr double most_log_scale = 4;       // a component's scale is within exp(±4)
constexpr std::int64_t most_rounds = 200;  // of the inverse; it takes about ten

/// A mixture of logistic distributions for each number of x, components along axis 1: [N, K, …].
struct LogisticMixture {
  at::Tensor log_weight, mean, log_scale;
};

LogisticMixture logistic_mixture_of(const std::vector<at::Tensor>& p) {
  const auto by_component = [](const at::Tensor& x) { return x.unflatten(1, {logistics, -1}); };
  const auto mean = by_component(p[1]);
  const auto fixed = at::zeros_like(mean.slice(1, 0, 1));
  const auto log_weight = at::log_softmax(by_component(p[0]), 1) + std::log(1 - floor_share);
  return {at::cat({log_weight, at::full_like(fixed, std::log(floor_share))}, 1), at::cat({mean, fixed}, 1),
          at::cat({most_log_scale * at::tanh(by_component(p[2]) / most_log_scale), fixed}, 1)};
}

/// x → {logit of the mixture's distribution function, log of its slope}, both from logarithms of both tails,
/// so that neither saturates.
std::pair<at::Tensor, at::Tensor> logit_cdf(const at::Tensor& x, const LogisticMixture& m) {
  const auto u = (x.unsqueeze(1) - m.mean) * (-m.log_scale).exp();
  const auto below = at::log_sigmoid(u), above = at::log_sigmoid(-u);
  const auto log_cdf = at::logsumexp(m.log_weight + below, 1);
  const auto log_survival = at::logsumexp(m.log_weight + above, 1);
  const auto log_density = at::logsumexp(m.log_weight + below + above - m.log_scale, 1);
  return {log_cdf - log_survival, log_density - log_cdf - log_survival};
}

/// The x of which logit_cdf makes `logit`, to the last digits: Newton's steps, halving instead where they
/// leave the interval that x is in. x is between the components' own quantiles.
at::Tensor logit_quantile(const at::Tensor& logit, const LogisticMixture& m) {
  const at::NoGradGuard no_grad;
  const auto own = m.mean + m.log_scale.exp() * logit.unsqueeze(1);
  auto low = own.amin(1), high = own.amax(1), x = (low + high) / 2;
  const double last_digit = x.scalar_type() == at::kDouble ? std::numeric_limits<double>::epsilon()
                                                           : std::numeric_limits<float>::epsilon();
  for (std::int64_t round = 0; round < most_rounds; ++round) {
    const auto [value, log_slope] = logit_cdf(x, m);
    const auto above = value > logit;
    low = at::where(above, low, x);
    high = at::where(above, x, high);
    auto next = x - (value - logit) * (-log_slope).exp();
    const auto inside = (next > low).logical_and(next < high);
    next = at::where(inside.logical_and(at::full_like(inside, round % 4 != 3)), next, (low + high) / 2);
    const bool found = ((next - x).abs() <= 2 * last_digit * (1 + x.abs())).all().item<bool>();
    x = next;
    if (found) break;
  }
  return x;
}

/// At the quantiles of a logistic distribution, so that components part from the first step on.
std::vector<double> first_means() {
  std::vector<double> means;
  for (std::int64_t k = 0; k < logistics; ++k) {
    const double share = (static_cast<double>(k) + 0.5) / logistics;
    means.push_back(std::log(share / (1 - share)));
  }
  return means;
}

}  // namespace

/// y = logit(F(x))·exp(tanh(scale)) + translate, F the distribution function of a mixture of 8 logistics (Ho
/// et al. 2019, "Flow++", eq. 5-8). One fixed component, logistic(0, 1) of weight 0.01 bounds the slope of
/// the inverse where the others leave a gap. The inverse is found to the last digits; its derivative is that
/// of one Newton step.
Transformer logistic_mixture_transformer() {
  return {.name = "logistic_mixture",
          .parameters = {{"weight", logistics},
                         {"mean", logistics, first_means()},
                         {"log_scale", logistics},
                         {"scale"},
                         {"translate"}},
          .forward =
              [](const auto& x, const auto& p) {
                const auto [logit, log_slope] = logit_cdf(x, logistic_mixture_of(p));
                const auto [y, log_det] = ops::affine(logit, p[3], p[4]);
                return std::pair(y, log_det + ops::sum_by_example(log_slope));
              },
          .inverse =
              [](const auto& y, const auto& p) {
                const auto mixture = logistic_mixture_of(p);
                const auto [logit, log_det] = ops::affine_inverse(y, p[3], p[4]);
                const auto x = logit_quantile(logit, mixture);
                const auto [value, log_slope] = logit_cdf(x, mixture);
                return std::pair(x - (value - logit) * (-log_slope.detach()).exp(),
                                 log_det - ops::sum_by_example(log_slope));
              }};
}

}  // namespace pushforward::flows
