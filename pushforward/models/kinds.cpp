// A new kind of model is its file and a line here.
#include "pushforward/models/kinds.h"

#include <algorithm>
#include <string_view>

#include "pushforward/models/autoregressive_model.h"
#include "pushforward/models/classifier_model.h"
#include "pushforward/models/conditional.h"
#include "pushforward/models/flow_model.h"
#include "pushforward/models/gan_model.h"
#include "pushforward/models/glow_model.h"
#include "pushforward/models/latent_model.h"
#include "pushforward/models/maf_model.h"
#include "pushforward/models/multiscale_model.h"
#include "pushforward/models/nce_model.h"
#include "pushforward/models/residual_model.h"
#include "pushforward/models/spline_model.h"

namespace pushforward::models {

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> table = {{"realnvp", make_real_nvp, complete_condition},
                                          {"spline", make_spline, complete_condition},
                                          {"maf", make_maf, complete_condition},
                                          {"autoregressive", make_autoregressive, complete_condition},
                                          {"gan", make_gan, complete_gan},
                                          {"classifier", make_classifier, complete_classifier},
                                          {"autoencoder", make_autoencoder},
                                          {"latent-realnvp", make_latent_real_nvp},
                                          {"glow", make_glow, complete_condition},
                                          {"multiscale", make_multiscale, complete_condition},
                                          {"residual", make_residual, complete_condition},
                                          {"flow-nce", make_flow_nce, complete_flow_nce}};
  return table;
}

const Kind& kind_of(const Config& config) {
  std::vector<std::string> names;
  for (const auto& kind : kinds()) names.emplace_back(kind.name);
  const auto name = config.get_choice("model.kind", names.front(), names);
  return *std::ranges::find(kinds(), name, [](const Kind& kind) { return std::string_view(kind.name); });
}

}  // namespace pushforward::models
