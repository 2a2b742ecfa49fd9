#include "pushforward/flows/bijector.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"
#include "pushforward/nn/size.h"

namespace pushforward::flows {

std::int64_t size_of(const Event& event) {
  std::int64_t size = 1;
  for (const auto length : event) size *= length;
  return size;
}

double Bijector::forward_flop(const Event& in) const {
  const double flop = nn::matrix_flop(*this);
  PF_CHECK(in.size() == 1 || flop == 0, "[forward_flop] {} must count its own arithmetic on images {}",
           describe(), in);
  return flop;
}

void check_condition(const char* who, const at::Tensor& condition, std::int64_t n, std::int64_t size) {
  if (size == 0) {
    PF_CHECK(!condition.defined(), "[{}] expected no condition, got {}", who, condition.sizes());
    return;
  }
  PF_CHECK(condition.defined(), "[{}] expected a condition [{}, {}], got none", who, n, size);
  PF_CHECK(condition.dim() == 2 && condition.size(0) == n && condition.size(1) == size,
           "[{}] expected a condition [{}, {}], got {}", who, n, size, condition.sizes());
}

}  // namespace pushforward::flows
