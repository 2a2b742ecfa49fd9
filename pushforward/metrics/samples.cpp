#include "pushforward/metrics/samples.h"

#include "pushforward/core/error.h"

namespace pushforward::metrics {

at::Tensor as_samples(const char* metric, const at::Tensor& samples, std::int64_t least) {
  PF_CHECK(samples.dim() >= 1, "[{}] expected samples [N, D], got a single number", metric);
  const auto n = samples.size(0);
  PF_CHECK(n >= least, "[{}] expected at least {} samples, got {}", metric, least, n);
  PF_CHECK(samples.numel() > 0, "[{}] expected samples of at least one number", metric);
  const auto flat = samples.detach().to(at::kDouble).reshape({n, -1}).contiguous();
  const auto finite = at::isfinite(flat).all(1);
  if (!finite.all().item<bool>())
    throw fail("[{}] sample {} of {} is not finite", metric,
               finite.logical_not().to(at::kLong).argmax().item<std::int64_t>(), n);
  return flat;
}

SamplePair as_samples(const char* metric, const at::Tensor& a, const at::Tensor& b, std::int64_t least) {
  SamplePair pair{as_samples(metric, a, least), as_samples(metric, b, least)};
  PF_CHECK(pair.a.size(1) == pair.b.size(1), "[{}] expected samples of as many numbers, got {} and {}",
           metric, pair.a.size(1), pair.b.size(1));
  return pair;
}

}  // namespace pushforward::metrics
