#include "pushforward/ops/affine.h"

#include "pushforward/flows/transformer.h"

namespace pushforward::flows {

/// y = x·exp(tanh(scale)) + translate (Dinh et al. 2017, eq. 7-8, with the scale bounded).
Transformer affine_transformer() {
  return {.name = "affine",
          .parameters = {{"scale"}, {"translate"}},
          .forward = [](const auto& x, const auto& p) { return ops::affine(x, p[0], p[1]); },
          .inverse = [](const auto& y, const auto& p) { return ops::affine_inverse(y, p[0], p[1]); }};
}

}  // namespace pushforward::flows
