#include "pushforward/ops/spline.h"

#include "pushforward/flows/transformer.h"

namespace pushforward::flows {

/// The rational-quadratic spline of "Neural Spline Flows" (Durkan et al. 2019, eq. 4-9).
Transformer spline_transformer() {
  return {.name = "spline",
          .parameters = {{"spline", ops::Spline::parameters}},
          .forward = [](const auto& x, const auto& p) { return ops::spline(x, p[0]); },
          .inverse = [](const auto& y, const auto& p) { return ops::spline_inverse(y, p[0]); }};
}

}  // namespace pushforward::flows
