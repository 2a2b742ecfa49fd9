#include "pushforward/core/names.h"
#include "pushforward/flows/transformer.h"

namespace pushforward::flows {

// NAME_transformer() of each line stands in its own file.
#define PUSHFORWARD_TRANSFORMER(name) Transformer name##_transformer();
#include "pushforward/flows/transformers.inc"
#undef PUSHFORWARD_TRANSFORMER

const std::vector<Transformer>& transformers() {
  static const std::vector<Transformer> table{
#define PUSHFORWARD_TRANSFORMER(name) name##_transformer(),
#include "pushforward/flows/transformers.inc"
#undef PUSHFORWARD_TRANSFORMER
  };
  return table;
}

const Transformer& transformer(std::string_view name) {
  return find_named(transformers(), name, "transformer");
}

}  // namespace pushforward::flows
