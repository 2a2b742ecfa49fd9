// What kinds of flows of images have in common.
#pragma once

#include "pushforward/flows/bijector.h"
#include "pushforward/models/settings.h"

namespace pushforward::models {

/// {C, H, W} of images that can be halved so many times. Throws UsageError, in the name of `kind`, for points
/// and for images that cannot.
flows::Event image_event(const Shape& shape, const char* kind, std::int64_t halvings);

}  // namespace pushforward::models
