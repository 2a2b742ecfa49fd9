#include "pushforward/flows/invertible_conv.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"
#include "pushforward/nn/random.h"
#include "pushforward/ops/conv.h"
#include "pushforward/ops/linear.h"
#include "pushforward/ops/precision.h"

namespace pushforward::flows {
namespace {

/// x [N, C] or [N, C, H, W] times a matrix [C, C], by position; always in float32, since all of x goes
/// through it and what is rounded away does not come back.
at::Tensor applied(const at::Tensor& matrix, const at::Tensor& x) {
  const ops::UsePrecision use(ops::Precision::float32);
  if (x.dim() == 4) return ops::conv(x, matrix.unsqueeze(2).unsqueeze(3), {});
  return ops::linear(x, matrix, at::zeros({matrix.size(0)}, matrix.options()));
}

}  // namespace

InvertibleConv::InvertibleConv(std::int64_t channels, at::Generator& init) {
  PF_CHECK(channels > 0, "[invertible conv] expected at least one channel, got {}", channels);
  const auto drawn = nn::draw_normal({channels, channels}, 0, 1, init);
  const auto rotation = std::get<0>(at::linalg_qr(drawn.to(at::kDouble)));
  const auto [permutation, lower, upper] = at::linalg_lu(rotation);
  const auto diagonal = upper.diagonal();
  const auto single = [](const at::Tensor& x) { return x.contiguous().to(at::kFloat); };
  lower_ = register_parameter("lower", single(lower.tril(-1)));
  upper_ = register_parameter("upper", single(upper.triu(1)));
  log_scale_ = register_parameter("log_scale", single(diagonal.abs().log()));
  permutation_ = register_buffer("permutation", single(permutation));
  sign_ = register_buffer("sign", single(diagonal.sign()));
}

at::Tensor InvertibleConv::weight() const {
  const auto ones = at::eye(log_scale_.size(0), log_scale_.options());
  const auto upper = upper_.triu(1) + at::diag(sign_ * log_scale_.exp());
  return permutation_.matmul(lower_.tril(-1) + ones).matmul(upper);
}

at::Tensor InvertibleConv::log_det_of(const at::Tensor& x) const {
  const auto positions = x.dim() == 4 ? x.size(2) * x.size(3) : 1;
  return (log_scale_.sum() * positions).expand({x.size(0)});
}

Transformed InvertibleConv::forward(const at::Tensor& x, const Context&) {
  return {applied(weight(), x), log_det_of(x)};
}

Transformed InvertibleConv::inverse(const at::Tensor& y, const Context&) {
  const auto inverse = at::linalg_inv(weight().to(at::kDouble)).to(y.scalar_type());
  return {applied(inverse, y), -log_det_of(y)};
}

Event InvertibleConv::output(const Event& in) const {
  PF_CHECK((in.size() == 1 || in.size() == 3) && in[0] == log_scale_.size(0),
           "[invertible conv] expected {} features or channels, got {}", log_scale_.size(0), in);
  return in;
}

double InvertibleConv::forward_flop(const Event& in) const {
  return 2.0 * static_cast<double>(in[0] * size_of(in));
}

std::string InvertibleConv::describe() const {
  return fmt::format("invertible 1×1 convolution, {} channels", log_scale_.size(0));
}

}  // namespace pushforward::flows
