#include "pushforward/flows/pixel_features.h"

#include "pushforward/ops/discretised_logistics.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {

at::Tensor pixel_features(const at::Tensor& x) {
  const auto level = (x.detach() * ops::levels).floor().clamp(0, ops::levels - 1);
  return ops::laid_out(at::cat({level / 127.5 - 1, (level == 0).to(x.scalar_type())}, 1));
}

}  // namespace pushforward::flows
