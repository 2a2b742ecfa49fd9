#include "pushforward/models/saved_weights.h"

#include "pushforward/checkpoint/restore.h"

namespace pushforward::models {

checkpoint::File saved_weights(const checkpoint::File& file) {
  for (const char* prefix : {"ema.", "model."})
    if (auto weights = checkpoint::select(file, prefix); !weights.tensors.empty()) return weights;
  return file;
}

}  // namespace pushforward::models
