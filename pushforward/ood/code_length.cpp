#include "pushforward/ood/code_length.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>

#include "pushforward/core/error.h"
#include "pushforward/core/host.h"
#include "pushforward/core/interrupt.h"

namespace pushforward::ood {

std::vector<double> code_length(const at::Tensor& x, const std::vector<Compressor>& compressors) {
  PF_CHECK(x.scalar_type() == at::kByte && x.dim() == 4,
           "[ood] expected images uint8 [N, C, H, W] to compress, got {} [{}]", x.toString(),
           fmt::join(x.sizes(), ", "));
  const auto images = x.contiguous();
  const auto size = static_cast<std::size_t>(x.size(1) * x.size(2) * x.size(3));
  std::vector<double> lengths(static_cast<std::size_t>(x.size(0)), std::numeric_limits<double>::infinity());
  auto& ours = host();
  at::parallel_for(0, x.size(0), 16, [&](std::int64_t begin, std::int64_t end) {
    const Hosted here(ours);
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      stop_if_interrupted("compressing images");
      for (const auto& compressor : compressors)
        lengths[i] = std::min(lengths[i],
                              compressor.nats({.values = {images.data_ptr<std::uint8_t>() + i * size, size},
                                               .channels = x.size(1),
                                               .height = x.size(2),
                                               .width = x.size(3)}));
    }
  });
  return lengths;
}

}  // namespace pushforward::ood
