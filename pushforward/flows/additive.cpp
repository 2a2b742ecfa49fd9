#include "pushforward/flows/transformer.h"

namespace pushforward::flows {

/// y = x + translate, log|det| = 0 (Dinh et al. 2015, NICE, eq. 8).
Transformer additive_transformer() {
  return {.name = "additive",
          .parameters = {{"translate"}},
          .forward = [](const auto& x,
                        const auto& p) { return std::pair(x + p[0], at::zeros({x.size(0)}, x.options())); },
          .inverse = [](const auto& y,
                        const auto& p) { return std::pair(y - p[0], at::zeros({y.size(0)}, y.options())); }};
}

}  // namespace pushforward::flows
