#include "pushforward/ops/layout.h"
#include "pushforward/ops/spline.h"

namespace pushforward::ops {
namespace {

/// The bin that each element is in.
class Bin {
 public:
  enum Axis : std::int64_t { of_x, of_y };

  /// parameters [23, …]; `v` […] in [−B, B], on the axis that it is on.
  Bin(const at::Tensor& parameters, const at::Tensor& v, Axis axis) {
    constexpr auto bins = Spline::bins;
    const auto raw = parameters.slice(0, 0, 2 * bins).unflatten(0, {2, bins});
    const auto shares = Spline::least_share + (1 - bins * Spline::least_share) * at::softmax(raw, 1);
    const auto sizes = 2 * Spline::bound * shares;                             // [axis, bin, …]
    const auto ends = sizes.cumsum(1) - Spline::bound, starts = ends - sizes;  // as sizes
    const auto inner = (parameters.slice(0, 2 * bins) + Spline::offset).clamp_max(Spline::most_raw);
    const auto one = at::ones_like(inner.slice(0, 0, 1));
    const auto slopes = at::cat({one, Spline::least_slope + at::softplus(inner), one}, 0);  // [knot, …]

    const auto bin = v.ge(ends.select(0, axis).slice(0, 0, bins - 1)).sum(0, true);  // [1, …]
    const auto both = bin.unsqueeze(0).expand_as(sizes.slice(1, 0, 1));
    const auto start = starts.gather(1, both).squeeze(1), size = sizes.gather(1, both).squeeze(1);
    x_ = start[of_x], width_ = size[of_x];
    y_ = start[of_y], height_ = size[of_y];
    left_ = slopes.gather(0, bin).squeeze(0);
    right_ = slopes.gather(0, bin + 1).squeeze(0);
    slope_ = height_ / width_;
  }

  /// {y, ln dy/dx}: eq. 4 and 5. Every term is positive.
  std::pair<at::Tensor, at::Tensor> forward(const at::Tensor& x) const {
    const auto theta = ((x - x_) / width_).clamp(0, 1), rest = 1 - theta, both = theta * rest;
    const auto y = y_ + height_ * (slope_ * theta.square() + left_ * both) / denominator(theta, rest);
    return {y, log_slope(theta, rest)};
  }

  /// {x, ln dx/dy}: eq. 6-8. With η = (y − y_k)/h and q = δ_k(1 − η) − δ_{k+1} η, b² − 4ac is
  /// h²(q² + 4s²η(1 − η)).
  std::pair<at::Tensor, at::Tensor> inverse(const at::Tensor& y) const {
    const auto eta = ((y - y_) / height_).clamp(0, 1);
    const auto q = left_ * (1 - eta) - right_ * eta, product = 4 * slope_.square() * eta * (1 - eta);
    const auto root = (q.square() + product).sqrt();
    const auto rises = q >= 0, outer = at::where(rises, root + q, root - q);
    const auto whole = at::where(rises, outer, product / outer), part = 2 * slope_ * eta;
    const auto theta = part / (part + whole), rest = whole / (part + whole);
    return {x_ + width_ * theta, -log_slope(theta, rest)};
  }

 private:
  at::Tensor denominator(const at::Tensor& theta, const at::Tensor& rest) const {
    return slope_ * (theta.square() + rest.square()) + (left_ + right_) * theta * rest;
  }

  at::Tensor log_slope(const at::Tensor& theta, const at::Tensor& rest) const {
    const auto numerator = right_ * theta.square() + 2 * slope_ * theta * rest + left_ * rest.square();
    return 2 * slope_.log() + numerator.log() - 2 * denominator(theta, rest).log();
  }

  at::Tensor x_, y_, width_, height_;  // its left lower corner is (x, y)
  at::Tensor left_, right_, slope_;    // at its knots, and of the line between them: δ_k, δ_{k+1}, s
};

/// Elements beyond the spline stay where they are. The branch that is not taken sees the middle of the spline
/// in their place, so no gradient of theirs can be a NaN.
template <auto map>
std::pair<at::Tensor, at::Tensor> apply(Bin::Axis axis, const at::Tensor& given,
                                        const at::Tensor& parameters) {
  // With the numbers first: of vectors, feature-major, what is summed over and chosen from are whole rows.
  const bool image = given.dim() == 4;
  const auto v = image ? given : given.t();
  const auto p = image ? parameters.unflatten(1, {Spline::parameters, given.size(1)}).transpose(0, 1)
                       : parameters.t().unflatten(0, {Spline::parameters, given.size(1)});
  const auto outside = v.abs().lt(Spline::bound).logical_not();  // true of a NaN
  const auto within = v.masked_fill(outside, 0);
  const auto [value, log_slope] = (Bin(p, within, axis).*map)(within);
  const auto moved = at::where(outside, v, value), slopes = log_slope.masked_fill(outside, 0);
  return {image ? laid_out(moved) : moved.t(), image ? sum_by_example(slopes) : slopes.sum(0)};
}

}  // namespace

std::pair<at::Tensor, at::Tensor> reference::spline(const at::Tensor& x, const at::Tensor& parameters) {
  return apply<&Bin::forward>(Bin::of_x, x, parameters);
}

std::pair<at::Tensor, at::Tensor> reference::spline_inverse(const at::Tensor& y,
                                                            const at::Tensor& parameters) {
  return apply<&Bin::inverse>(Bin::of_y, y, parameters);
}

}  // namespace pushforward::ops
