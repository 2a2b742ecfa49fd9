#include "pushforward/ops/discretised_logistics.h"

#include <ATen/Parallel.h>
#include <fmt/ranges.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Numbers that are gone over together, a vector's lanes or several.
constexpr std::int64_t block = 64;

/// How far into its level a quantile goes.
constexpr float most_inside = 1.0F - 1.0F / 4096;

/// Where x lies: its level's lower edge, how far it is inside, and which edges are open.
struct Place {
  float edge[block], inside[block], first[block], last[block];
};

/// Of one component, for a block: its scale and weight; then, of a level, the logistic at the lower and the
/// upper edge (a, b) and what it gives the level.
struct Component {
  float inverse_scale[block], weight[block], log_weight[block], a[block], b[block], log_share[block];
};

PF_SIMD_CLONES void find_place(const float* x, std::int64_t n, Place* place) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float level = std::min(std::max(std::floor(x[i] * levels), 0.0F), levels - 1.0F);
    place->edge[i] = level * (2.0F / levels) - 1.0F;
    place->inside[i] = x[i] * levels - level;
    place->first[i] = level == 0.0F ? 1.0F : 0.0F;
    place->last[i] = level == levels - 1.0F ? 1.0F : 0.0F;
  }
}

/// log(1 + eˣ).
inline float softplus(float x) {
  return (x > 0.0F ? x : 0.0F) + log1pf(expf(-std::abs(x)));
}

PF_SIMD_CLONES void make_component(const float* log_scale, const float* logit, const float* log_total,
                                   std::int64_t n, Component* c) {
  constexpr float most = static_cast<float>(most_log_scale);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    // By values: std::clamp's references to constants keep a loop from becoming vectors.
    const float at_least = log_scale[i] > -most ? log_scale[i] : -most;
    c->inverse_scale[i] = expf(-(at_least < most ? at_least : most));
    c->log_weight[i] = logit[i] - log_total[i];
    c->weight[i] = expf(c->log_weight[i]);
  }
}

/// log P of one component, behind its weight's logarithm: −softplus(−b) − softplus(a) + log(1 − e^(a − b)),
/// without the terms of an open edge.
PF_SIMD_CLONES void make_share(const Place* place, const float* mean, std::int64_t n, Component* c) {
  constexpr float width = 2.0F / levels;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float inverse = c->inverse_scale[i];
    const float a = (place->edge[i] - mean[i]) * inverse, gap = width * inverse, b = a + gap;
    // Functions are called for every lane, so that they stay vectors'; an open edge forgets what they give.
    const float below = (1.0F - place->last[i]) * softplus(-b);
    const float above = (1.0F - place->first[i]) * softplus(a);
    const float between = (1.0F - place->first[i] - place->last[i]) * logf(-expm1f(-gap));
    c->a[i] = a;
    c->b[i] = b;
    c->log_share[i] = c->log_weight[i] - below - above + between;
  }
}

/// all[j] over components j → log Σ exp.
PF_SIMD_CLONES void log_sum_exp(const float* const* all, std::int64_t count, std::int64_t n, float* out) {
  float most[block];
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) most[i] = all[0][i];
  for (std::int64_t j = 1; j < count; ++j)
#pragma omp simd
    for (std::int64_t i = 0; i < n; ++i) most[i] = std::max(most[i], all[j][i]);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) out[i] = 0.0F;
  for (std::int64_t j = 0; j < count; ++j)
#pragma omp simd
    for (std::int64_t i = 0; i < n; ++i) out[i] += expf(all[j][i] - most[i]);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) out[i] = most[i] + logf(out[i]);
}

/// below += w·σ(a) and above += w·σ(−b): what lies on either side of the level.
PF_SIMD_CLONES void add_sides(const Place* place, const Component* c, std::int64_t n, float* below,
                              float* above) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    below[i] += (1.0F - place->first[i]) * c->weight[i] / (1.0F + expf(-c->a[i]));
    above[i] += (1.0F - place->last[i]) * c->weight[i] / (1.0F + expf(c->b[i]));
  }
}

PF_SIMD_CLONES void add_inside(const Place* place, const float* log_p, std::int64_t n, float* below,
                               float* above) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float p = expf(log_p[i]);
    below[i] += place->inside[i] * p;
    above[i] += (1.0F - place->inside[i]) * p;
  }
}

/// side += w·σ(±(e − mean)/scale) at the edge e of level + bit: what lies below it where `sign` is 1, above
/// it where it is −1.
PF_SIMD_CLONES void add_side(const float* level, float bit, const float* sign, const float* mean,
                             const Component* c, std::int64_t n, float* side) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float edge = (level[i] + bit) * (2.0F / levels) - 1.0F;
    side[i] += c->weight[i] / (1.0F + expf(-sign[i] * (edge - mean[i]) * c->inverse_scale[i]));
  }
}

/// Gradients of a component's logit, mean and log scale: with `from_p` that of log P and `from_f` that of F.
/// Those of log P are written without the terms 1/(e^(b − a) − 1) of either edge, which cancel where a
/// component is wide.
PF_SIMD_CLONES void component_gradient(const Place* place, const Component* c, const float* log_p,
                                       const float* from_p, const float* from_f, const float* f,
                                       const float* log_scale, std::int64_t n, float* to_logit,
                                       float* to_mean, float* to_scale) {
  constexpr float most = static_cast<float>(most_log_scale);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float a = c->a[i], b = c->b[i], gap = b - a;
    const float at_a = (1.0F - place->first[i]) / (1.0F + expf(-a));  // σ(a)
    const float at_b = (1.0F - place->last[i]) / (1.0F + expf(b));    // σ(−b)
    const float open = 1.0F - place->first[i] - place->last[i];
    const float share = expf(c->log_share[i] - log_p[i]);  // of the level, that this component has
    const float p = share * from_p[i];
    // F = σ(a) + inside·(σ(b) − σ(a)) of this component.
    const float slope_a = at_a * (1.0F - at_a) * (1.0F - place->inside[i]) * c->weight[i] * from_f[i];
    const float slope_b = at_b * (1.0F - at_b) * place->inside[i] * c->weight[i] * from_f[i];
    const float own =
        at_a * c->weight[i] + place->inside[i] * share * expf(log_p[i]);  // w·F of this component
    to_logit[i] = p - c->weight[i] * from_p[i] + from_f[i] * (own - c->weight[i] * f[i]);
    to_mean[i] = -c->inverse_scale[i] * (p * (at_b - at_a) + slope_a + slope_b);
    const float moved = p * (b * at_b - a * at_a + open * gap / expm1f(gap)) + a * slope_a + b * slope_b;
    to_scale[i] = std::abs(log_scale[i]) < most ? -moved : 0.0F;
  }
}

/// The kernel's working memory: parameters of a block, turned so that numbers of one kind lie together.
class Block {
 public:
  explicit Block(std::int64_t components)
      : count_(components),
        turned_(static_cast<std::size_t>(3 * components * block)),
        parts_(static_cast<std::size_t>(components)) {}

  /// Takes the mixtures of n numbers.
  void read(const float* parameters, std::int64_t n) {
    n_ = n;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t k = 0; k < 3 * count_; ++k) row(k)[i] = parameters[i * 3 * count_ + k];
    std::vector<const float*> all;
    for (std::int64_t j = 0; j < count_; ++j) all.push_back(logit(j));
    float log_total[block];
    log_sum_exp(all.data(), count_, n, log_total);
    for (std::int64_t j = 0; j < count_; ++j)
      make_component(row(2 * count_ + j), logit(j), log_total, n, &part(j));
  }

  /// Makes log_p, below and above of x under the mixtures taken.
  void place(const float* x) {
    find_place(x, n_, &place_);
    std::vector<const float*> all;
    for (std::int64_t j = 0; j < count_; ++j) {
      make_share(&place_, row(count_ + j), n_, &part(j));
      all.push_back(part(j).log_share);
    }
    log_sum_exp(all.data(), count_, n_, log_p);
    std::fill_n(below, n_, 0.0F);
    std::fill_n(above, n_, 0.0F);
    for (std::int64_t j = 0; j < count_; ++j) add_sides(&place_, &part(j), n_, below, above);
    add_inside(&place_, log_p, n_, below, above);
  }

  /// From the gradients of log P and F, those of the parameters, as they lie outside.
  void gradient(const float* from_p, const float* from_f, float* parameters) {
    float to_logit[block], to_mean[block], to_scale[block];
    for (std::int64_t j = 0; j < count_; ++j) {
      component_gradient(&place_, &part(j), log_p, from_p, from_f, below, row(2 * count_ + j), n_, to_logit,
                         to_mean, to_scale);
      for (std::int64_t i = 0; i < n_; ++i) {
        float* to = parameters + i * 3 * count_ + j;
        to[0] = to_logit[i];
        to[count_] = to_mean[i];
        to[2 * count_] = to_scale[i];
      }
    }
  }

  /// x such that F(x) = f and 1 − F(x) = rest, one bit of its level after the other.
  void quantile(const float* f, const float* rest, float* x) {
    const auto n = n_;
    float level[block] = {}, sign[block], side[block];
    for (std::int64_t i = 0; i < n; ++i) sign[i] = f[i] < rest[i] ? 1.0F : -1.0F;
    for (std::int64_t bit = levels / 2; bit > 0; bit /= 2) {
      std::fill_n(side, n, 0.0F);
      const auto step = static_cast<float>(bit);
      for (std::int64_t j = 0; j < count_; ++j)
        add_side(level, step, sign, row(count_ + j), &part(j), n, side);
      for (std::int64_t i = 0; i < n; ++i)
        if (sign[i] > 0 ? side[i] <= f[i] : side[i] >= rest[i]) level[i] += step;
    }
    for (std::int64_t i = 0; i < n; ++i) x[i] = (level[i] + 0.5F) / levels;
    place(x);
    for (std::int64_t i = 0; i < n; ++i) {
      const float from_middle = sign[i] > 0 ? f[i] - below[i] : above[i] - rest[i];
      const float inside = 0.5F + from_middle * expf(-log_p[i]);
      // What rounds to the next level stays in its own; where the level has no probability, its middle.
      const float kept = std::isnan(inside) ? 0.5F : std::clamp(inside, 0.0F, most_inside);
      const float nan_or_zero = 0.0F * (f[i] + rest[i] + log_p[i]);  // log P is finite under finite mixtures
      x[i] = (level[i] + kept) / levels + nan_or_zero;
    }
  }

  float log_p[block], below[block], above[block];

 private:
  float* row(std::int64_t k) { return turned_.data() + k * block; }
  float* logit(std::int64_t j) { return row(j); }
  Component& part(std::int64_t j) { return parts_[static_cast<std::size_t>(j)]; }

  std::int64_t count_, n_ = 0;
  std::vector<float> turned_;
  std::vector<Component> parts_;
  Place place_;
};

/// Calls body(block, begin, numbers) for the blocks of E numbers, on all threads.
template <typename Body>
void for_blocks(std::int64_t numbers, std::int64_t components, const Body& body) {
  at::parallel_for(0, (numbers + block - 1) / block, 8, [&](std::int64_t first, std::int64_t last) {
    Block work(components);
    for (auto k = first; k < last; ++k) body(work, k * block, std::min(block, numbers - k * block));
  });
}

struct Levels : torch::autograd::Function<Levels> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& parameters) {
    const auto width = 3 * parameters.size(2);
    auto log_p = at::empty_like(x), below = at::empty_like(x), above = at::empty_like(x);
    const auto *from = x.data_ptr<float>(), *given = parameters.data_ptr<float>();
    float* to[] = {log_p.data_ptr<float>(), below.data_ptr<float>(), above.data_ptr<float>()};
    for_blocks(x.numel(), parameters.size(2), [&](Block& work, std::int64_t at, std::int64_t n) {
      work.read(given + at * width, n);
      work.place(from + at);
      std::copy_n(work.log_p, n, to[0] + at);
      std::copy_n(work.below, n, to[1] + at);
      std::copy_n(work.above, n, to[2] + at);
    });
    ctx->save_for_backward({x, parameters, log_p});
    return {log_p, below, above};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &parameters = saved[1], &log_p = saved[2];
    for (auto& grad : grads)
      if (!grad.defined()) grad = at::zeros_like(x);
    if (at::GradMode::is_enabled()) {  // A second derivative will be asked for.
      const auto all = reference::discretised_logistics(x, parameters);
      return torch::autograd::grad({all.log_probability, all.below, all.above}, {x, parameters}, grads, true,
                                   true, true);
    }
    const auto from_p = grads[0].contiguous(), from_f = (grads[1] - grads[2]).contiguous();
    const auto width = 3 * parameters.size(2);
    auto to = at::empty_like(parameters);
    const auto *p = from_p.data_ptr<float>(), *f = from_f.data_ptr<float>(), *at_x = x.data_ptr<float>(),
               *given = parameters.data_ptr<float>();
    auto* out = to.data_ptr<float>();
    for_blocks(x.numel(), parameters.size(2), [&](Block& work, std::int64_t at, std::int64_t n) {
      work.read(given + at * width, n);
      work.place(at_x + at);
      work.gradient(p + at, f + at, out + at * width);
    });
    return {from_f * log_p.exp() * static_cast<double>(levels), to};
  }
};

void check(const at::Tensor& x, const at::Tensor& parameters) {
  PF_CHECK(x.dim() == 1 && parameters.dim() == 3 && parameters.size(0) == x.size(0) &&
               parameters.size(1) == 3 && parameters.size(2) > 0,
           "[discretised_logistics] expected x [E] and parameters [E, 3, K], got {} and {}", x.sizes(),
           parameters.sizes());
}

/// Weights and components of a mixture, [E, K] each.
struct Mixture {
  explicit Mixture(const at::Tensor& parameters)
      : log_weight(at::log_softmax(parameters.select(1, 0), 1)),
        mean(parameters.select(1, 1)),
        inverse_scale(at::exp(-parameters.select(1, 2).clamp(-most_log_scale, most_log_scale))) {}

  /// F and 1 − F [E] at edges [E] of [0, 1], the outermost of which are infinitely far.
  std::pair<at::Tensor, at::Tensor> at_edge(const at::Tensor& edge) const {
    const auto a = ((2 * edge - 1).unsqueeze(1) - mean) * inverse_scale;
    const auto weight = log_weight.exp();
    const auto first = edge <= 0, last = edge >= 1;
    const auto below = (weight * at::sigmoid(a)).sum(1), above = (weight * at::sigmoid(-a)).sum(1);
    return {below.masked_fill(first, 0).masked_fill(last, 1),
            above.masked_fill(first, 1).masked_fill(last, 0)};
  }

  at::Tensor log_weight, mean, inverse_scale;
};

}  // namespace

LevelProbability reference::discretised_logistics(const at::Tensor& x, const at::Tensor& parameters) {
  const Mixture mixture(parameters);
  const auto level = (x.detach() * levels).floor().clamp(0, levels - 1), inside = x * levels - level;
  const auto first = (level == 0).unsqueeze(1), last = (level == levels - 1).unsqueeze(1);
  const auto a = ((2 * level / levels - 1).unsqueeze(1) - mixture.mean) * mixture.inverse_scale;
  const auto gap = 2.0 / levels * mixture.inverse_scale;
  const auto below = at::softplus(-(a + gap)).masked_fill(last, 0),
             above = at::softplus(a).masked_fill(first, 0);
  const auto between = at::log(-at::expm1(-gap)).masked_fill(at::logical_or(first, last), 0);
  const auto log_p = at::logsumexp(mixture.log_weight - below - above + between, 1);
  const auto p = log_p.exp();
  return {log_p, mixture.at_edge(level / levels).first + inside * p,
          mixture.at_edge((level + 1) / levels).second + (1 - inside) * p};
}

LevelProbability discretised_logistics(const at::Tensor& x, const at::Tensor& parameters) {
  check(x, parameters);
  if (!runs_here(x) || !runs_here(parameters)) return reference::discretised_logistics(x, parameters);
  const auto found = Levels::apply(x.contiguous(), parameters.contiguous());
  return {found[0], found[1], found[2]};
}

at::Tensor discretised_logistics_quantile(const at::Tensor& below, const at::Tensor& above,
                                          const at::Tensor& parameters) {
  check(below, parameters);
  PF_CHECK(above.sizes() == below.sizes(),
           "[discretised_logistics] expected as many of above as of below, got {} and {}", above.sizes(),
           below.sizes());
  if (!runs_here(below) || !runs_here(above) || !runs_here(parameters))
    return reference::discretised_logistics_quantile(below, above, parameters);
  const auto f = below.contiguous(), rest = above.contiguous(), given = parameters.contiguous();
  const auto width = 3 * given.size(2);
  auto x = at::empty_like(f);
  const auto *f_at = f.data_ptr<float>(), *rest_at = rest.data_ptr<float>(), *p = given.data_ptr<float>();
  auto* to = x.data_ptr<float>();
  for_blocks(f.numel(), given.size(2), [&](Block& work, std::int64_t at, std::int64_t n) {
    work.read(p + at * width, n);
    work.quantile(f_at + at, rest_at + at, to + at);
  });
  return x;
}

at::Tensor reference::discretised_logistics_quantile(const at::Tensor& below, const at::Tensor& above,
                                                     const at::Tensor& parameters) {
  const at::NoGradGuard no_grad;
  const Mixture mixture(parameters);
  // The last level whose lower edge is at or before the quantile, one bit at a time.
  auto level = at::zeros_like(below);
  const auto is_low = below < above;
  for (auto bit = levels / 2; bit > 0; bit /= 2) {
    const auto [f, rest] = mixture.at_edge((level + bit) / levels);
    level = level + bit * at::where(is_low, f <= below, rest >= above);
  }
  const auto at_lower = mixture.at_edge(level / levels), at_upper = mixture.at_edge((level + 1) / levels);
  const auto p = reference::discretised_logistics((level + 0.5) / levels, parameters).log_probability.exp();
  const auto inside = at::where(is_low, (below - at_lower.first) / p, 1 - (above - at_upper.second) / p);
  const auto spoiled = (below + above + p).isnan();
  const auto x = (level + at::nan_to_num(inside, 0.5).clamp(0, most_inside)) / levels;
  return x.masked_fill(spoiled, std::numeric_limits<double>::quiet_NaN());
}

}  // namespace pushforward::ops
