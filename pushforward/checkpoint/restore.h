// From a file's tensors into a model's.
#pragma once

#include <string>
#include <string_view>

#include "pushforward/checkpoint/safetensors.h"

namespace pushforward::checkpoint {

/// The tensors whose names begin with `prefix`, without it (sharing memory); path and metadata are kept.
///
///   restore(select(file, "model."), model_state, "realnvp");
File select(const File& file, std::string_view prefix);

/// Copies every tensor of `file` into the one of the same name in `into`, without recording gradients.
/// Names, shapes and dtypes must agree exactly, both ways; they are checked before anything is written.
/// Throws Error naming the file, `what` (whose tensors they are: "realnvp") and the first difference.
void restore(const File& file, const Tensors& into, const std::string& what);

}  // namespace pushforward::checkpoint
