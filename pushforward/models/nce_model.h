// A flow whose density a discriminator corrects, as the program handles it.
#pragma once

#include "pushforward/models/model.h"

namespace pushforward::models {

/// kind = "flow-nce". [model] flow, the kind of flow, and that kind's keys; filters of the discriminator of
/// images (a DCGAN's), discriminator_hidden of that of points; [train] flow_epochs (half of the epochs), the
/// flow's keys, whose optimiser and clip_norm are the discriminator's too. Pixels must be dequantised, so
/// that samples are made of levels as images are. Its density is the flow's; the correction stands beside it.
Unfinished make_flow_nce(const Config& config, const Shape& shape);

/// Proposes model.scale of points.
void complete_flow_nce(Config& config, const Examples& set);

}  // namespace pushforward::models
