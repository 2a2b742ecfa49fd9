#include "pushforward/gans/space.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"
#include "pushforward/ops/layout.h"

namespace pushforward::gans {

at::Tensor to_network(const at::Tensor& x, Space space) {
  if (space == Space::points) return x;
  PF_CHECK(x.dim() == 4, "[gans] expected images [N, C, H, W], got {}", x.sizes());
  return ops::channels_last((2 * x).sub_(1));
}

at::Tensor from_network(const at::Tensor& y, Space space) {
  return space == Space::points ? y : (0.5 * y + 0.5).clamp_(0, 1);
}

}  // namespace pushforward::gans
