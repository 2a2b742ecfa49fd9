// Autoregressive flows of images, as the program handles them.
#pragma once

#include "pushforward/models/model.h"

namespace pushforward::models {

/// kind = "autoregressive". [model] hidden, layers, mirror: one layer in raster order over dequantised pixels
/// (flows/autoregressive_image.h).
Unfinished make_autoregressive(const Config& config, const Shape& shape);

}  // namespace pushforward::models
