#include "pushforward/flows/models.h"

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/flows/preprocessing.h"

namespace pushforward::flows {

std::shared_ptr<Flow> real_nvp(const RealNvpOptions& options) {
  PF_CHECK(options.dims >= 2, "[real_nvp] expected at least 2 dimensions to couple, got {}", options.dims);
  PF_CHECK(options.couplings >= 1, "[real_nvp] expected at least one coupling, got {}", options.couplings);
  auto init = nn::generator(stream_key(options.seed, "init"));
  auto preprocessing = pixel_preprocessing({options.dequantize, options.logit_alpha});
  Flow::Bijectors layers;
  preprocessing.insert(preprocessing.end(), options.preprocessing.begin(), options.preprocessing.end());
  for (std::int64_t i = 0; i < options.couplings; ++i)
    layers.push_back(std::make_shared<Coupling>(CouplingOptions{.mask = alternating_mask(options.dims, i),
                                                                .hidden = options.hidden,
                                                                .transformer = options.transformer,
                                                                .condition = options.condition},
                                                init));
  return std::make_shared<Flow>(Event{options.dims}, std::move(preprocessing), std::move(layers));
}

}  // namespace pushforward::flows
