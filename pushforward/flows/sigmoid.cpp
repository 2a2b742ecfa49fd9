#include "pushforward/flows/transformer.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {
namespace {

/// log of the slope, σ(scale + 2): from 0 to 1, and near it where the scale is 0.
at::Tensor log_slope(const at::Tensor& scale) {
  return at::log_sigmoid(scale + 2);
}

}  // namespace

/// y = (x + translate)·σ(scale + 2) (Kingma and Dhariwal 2018, "Glow", as its authors released it).
Transformer sigmoid_transformer() {
  return {.name = "sigmoid",
          .parameters = {{"scale"}, {"translate"}},
          .forward =
              [](const auto& x, const auto& p) {
                const auto slope = log_slope(p[0]);
                return std::pair((x + p[1]) * slope.exp(), ops::sum_by_example(slope));
              },
          .inverse =
              [](const auto& y, const auto& p) {
                const auto slope = log_slope(p[0]);
                return std::pair(y * (-slope).exp() - p[1], -ops::sum_by_example(slope));
              }};
}

}  // namespace pushforward::flows
