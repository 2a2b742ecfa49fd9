#include "pushforward/flows/maf.h"

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/flows/actnorm.h"
#include "pushforward/flows/permutation.h"

namespace pushforward::flows {

std::shared_ptr<Flow> maf(const MafOptions& options) {
  PF_CHECK(options.layers >= 1, "[maf] expected at least one layer, got {}", options.layers);
  const auto dims = options.layer.dims;
  auto init = nn::generator(stream_key(options.seed, "init"));
  Flow::Bijectors layers;
  for (std::int64_t i = 0; i < options.layers; ++i) {
    if (i > 0) {
      const auto counter = static_cast<std::uint64_t>(i);
      layers.push_back(std::make_shared<Permutation>(
          options.random_orders ? permutation(dims, stream(options.seed, "order", counter))
                                : reversed_order(dims)));
    }
    layers.push_back(std::make_shared<ActNorm>(dims));
    layers.push_back(std::make_shared<MaskedAutoregressive>(options.layer, init));
  }
  return std::make_shared<Flow>(Event{dims}, pixel_preprocessing(options.pixels), std::move(layers));
}

}  // namespace pushforward::flows
