#include "pushforward/models/scoring.h"

#include <algorithm>
#include <numeric>

#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/random.h"
#include "pushforward/data/loader.h"
#include "pushforward/nn/class_condition.h"
#include "pushforward/ood/state.h"
#include "pushforward/ops/parallel.h"

namespace pushforward::models {
namespace {

nn::Context context_of(const flows::Flow& flow, std::int64_t number) {
  if (!flow.is_estimated()) return {};
  return {.generator = nn::generator(stream_key(0, "score", static_cast<std::uint64_t>(number)))};
}

/// Examples of a thread's batch: of images so few that what layers make of them stays in the caches.
std::int64_t at_once(const flows::Flow& flow) {
  return flow.event().size() == 3 ? 32 : 256;
}

}  // namespace

at::Tensor by_batches(const at::Tensor& values, const std::string& work, const BatchMap& map) {
  return by_batches(values, work, [&](const at::Tensor& batch, std::int64_t) { return map(batch); });
}

at::Tensor by_batches(const at::Tensor& values, const std::string& work, const NumberedBatchMap& map,
                      std::int64_t batch) {
  // Each thread scores batches of its own, and meets the others rarely.
  const auto n = values.size(0), round = 4 * batch * at::get_num_threads(), batches = (n + batch - 1) / batch;
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::vector<at::Tensor> parts(static_cast<std::size_t>(batches));
  const ops::Inference inference;
  const auto score = [&](std::int64_t i) {
    const auto size = std::min(batch, n - i * batch);
    const std::span<const std::int64_t> part(order.data() + i * batch, static_cast<std::size_t>(size));
    parts[static_cast<std::size_t>(i)] = map(data::gather(values, part), i).to(at::kDouble).view({size, -1});
  };
  Progress progress(work, n, "images");
  for (std::int64_t start = 0; start < batches; start += round / batch) {
    stop_if_interrupted("scoring");
    const auto stop = std::min(batches, start + round / batch);
    ops::parallel_for_operations(start, stop, 1, [&](std::int64_t first, std::int64_t last) {
      for (auto i = first; i < last; ++i) score(i);
    });
    progress.advance(std::min(n, stop * batch) - start * batch);
  }
  return parts.empty() ? at::empty({0, 0}, at::kDouble) : at::cat(parts);
}

std::vector<double> log_prob(flows::Flow& flow, const at::Tensor& values) {
  if (flow.condition_size() > 0) return ood::values_of(nn::marginal_log_prob(class_log_prob(flow, values)));
  return ood::values_of(by_batches(
      values, "score",
      [&](const at::Tensor& x, std::int64_t number) {
        return flow.log_prob(flow.as_event(x), context_of(flow, number));
      },
      at_once(flow)));
}

at::Tensor class_log_prob(flows::Flow& flow, const at::Tensor& values) {
  return by_batches(
      values, "score",
      [&](const at::Tensor& x, std::int64_t number) {
        return nn::class_log_prob(flow, flow.as_event(x), context_of(flow, number));
      },
      at_once(flow));
}

ood::Outputs outputs_of(const std::shared_ptr<flows::Flow>& flow, const BatchMap& input) {
  ood::Outputs model;
  if (flow->condition_size() > 0) {
    model.log_prob = ood::remember([flow](const at::Tensor& x) { return log_prob(*flow, x); });
    return model;
  }
  // [N, 2]: log p(z) and log |det|.
  const auto terms = ood::remember([flow, input](const at::Tensor& images) {
    return by_batches(
        images, "score",
        [&](const at::Tensor& x, std::int64_t number) {
          const auto z = flow->encode(input ? input(x) : flow->as_event(x), context_of(*flow, number));
          return at::stack({flows::standard_normal_log_prob(z.value), z.log_det}, 1);
        },
        at_once(*flow));
  });
  model.log_prob = [terms](const at::Tensor& x) { return ood::values_of(terms(x).sum(1)); };
  model.log_prob_latent = [terms](const at::Tensor& x) { return ood::values_of(terms(x).select(1, 0)); };
  model.log_det = [terms](const at::Tensor& x) { return ood::values_of(terms(x).select(1, 1)); };
  return model;
}

}  // namespace pushforward::models
