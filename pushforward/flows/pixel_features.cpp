#include "pushforward/flows/pixel_features.h"

#include "pushforward/ops/layout.h"

namespace pushforward::flows {

at::Tensor pixel_features(const at::Tensor& x) {
  const auto level = (x.detach() * 256).floor().clamp(0, 255);
  return ops::laid_out(at::cat({level / 127.5 - 1, (level == 0).to(x.scalar_type())}, 1));
}

}  // namespace pushforward::flows
