#include "pushforward/models/saved_weights.h"

#include "pushforward/checkpoint/restore.h"

namespace pushforward::models {

void restore_saved(const checkpoint::File& file, const nn::NamedTensors& into, const std::string& whose) {
  for (const char* prefix : {"ema.", "model."})
    if (const auto weights = checkpoint::select(file, prefix); !weights.tensors.empty())
      return checkpoint::restore(weights, into, whose);
  checkpoint::restore(file, into, whose);
}

}  // namespace pushforward::models
