#include "pushforward/core/names.h"
#include "pushforward/flows/conditioner.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {

// NAME_conditioner() of each line stands in its own file.
#define PUSHFORWARD_CONDITIONER(name) ConditionerKind name##_conditioner();
#include "pushforward/flows/conditioners.inc"
#undef PUSHFORWARD_CONDITIONER

const std::vector<ConditionerKind>& conditioners() {
  static const std::vector<ConditionerKind> table{
#define PUSHFORWARD_CONDITIONER(name) name##_conditioner(),
#include "pushforward/flows/conditioners.inc"
#undef PUSHFORWARD_CONDITIONER
  };
  return table;
}

const ConditionerKind& conditioner(std::string_view name) {
  return find_named(conditioners(), name, "conditioner");
}

at::Tensor starts_of(const ConditionerOptions& options) {
  std::vector<double> starts;
  for (const auto& parameter : options.parameters)
    for (std::int64_t k = 0; k < parameter.size; ++k)
      starts.insert(starts.end(), static_cast<std::size_t>(options.changed),
                    parameter.start.empty() ? 0.0 : parameter.start[static_cast<std::size_t>(k)]);
  return at::tensor(starts, at::kFloat);
}

at::Tensor with_condition(const at::Tensor& x, const at::Tensor& condition) {
  if (!condition.defined()) return x;
  if (x.dim() == 2) return at::cat({x.t(), condition.t()}, 0).t();
  const auto planes = condition.unsqueeze(2).unsqueeze(3).expand({-1, -1, x.size(2), x.size(3)});
  return ops::laid_out(at::cat({x, planes}, 1));
}

}  // namespace pushforward::flows
