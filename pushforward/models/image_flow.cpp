#include "pushforward/models/image_flow.h"

#include "pushforward/core/error.h"

namespace pushforward::models {

flows::Event image_event(const Shape& shape, const char* kind, std::int64_t halvings) {
  if (shape.points()) throw usage("{} is for images, the data are points of {}", kind, shape.text());
  const auto side = std::int64_t{1} << halvings;
  if (shape.height % side != 0 || shape.width % side != 0)
    throw usage("{} of {} scales needs images whose height and width are multiples of {}, the data have {}",
                kind, halvings, side, shape.text());
  return {shape.channels, shape.height, shape.width};
}

}  // namespace pushforward::models
