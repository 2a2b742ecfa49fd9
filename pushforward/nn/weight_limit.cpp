#include "pushforward/nn/weight_limit.h"

#include "pushforward/core/error.h"

namespace pushforward::nn {
namespace {

thread_local WeightLimit* current_limit = nullptr;  // null: none

}  // namespace

WeightLimit::WeightLimit(std::uint64_t stored_bytes)
    : stored_(static_cast<double>(stored_bytes)), most_(4 * stored_ + (1 << 24)), before_(current_limit) {
  current_limit = this;
}

WeightLimit::~WeightLimit() {
  current_limit = before_;
}

void expect_room(at::IntArrayRef sizes) {
  if (current_limit == nullptr) return;
  auto& limit = *current_limit;
  double bytes = sizeof(float);
  for (const auto size : sizes) bytes *= static_cast<double>(size);
  limit.made_ += bytes;
  if (limit.made_ > limit.most_)
    throw fail(
        "its configuration describes a model of at least {:.0f} bytes of weights, the file holds {:.0f}",
        limit.made_, limit.stored_);
}

}  // namespace pushforward::nn
