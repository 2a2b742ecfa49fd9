#include "pushforward/nn/maximum_likelihood.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pushforward/core/random.h"
#include "pushforward/nn/class_condition.h"
#include "pushforward/nn/snapshot.h"
#include "pushforward/ops/parallel.h"

namespace pushforward::nn {
namespace {

Context context_of(const DensityModel& model, const Batch& batch) {
  return {.condition = condition_of(model, batch.labels, batch.values.options())};
}

struct Slice {
  at::Tensor values;
  Context context;
};

/// The batch; of images, whose layers leave the caches between two operations on all of them, one slice for
/// each thread.
std::vector<Slice> slices_of(const DensityModel& model, const Batch& batch) {
  constexpr std::int64_t least = 8;  // examples that make up for a slice's operations
  const std::int64_t threads = at::get_num_threads();
  const bool pays =
      batch.values.dim() == 4 && batch.values.is_cpu() && batch.values.size(0) >= least * threads;
  const auto count = pays && model.may_be_sliced() ? threads : 1;
  const auto whole = context_of(model, batch);
  std::vector<Slice> slices;
  for (const auto& values : batch.values.tensor_split(count)) slices.push_back({values, whole});
  if (whole.condition.defined()) {
    const auto conditions = whole.condition.tensor_split(count);
    for (std::size_t k = 0; k < slices.size(); ++k) slices[k].context.condition = conditions[k];
  }
  return slices;
}

/// Calls work(k, slices[k]), each on a thread of its own, or of a single slice on the caller's, whose
/// operations all threads share.
template <typename Work>
void each_slice(std::vector<Slice>& slices, const Work& work) {
  const auto count = static_cast<std::int64_t>(slices.size());
  ops::parallel_for_operations(0, count, 1, [&](std::int64_t first, std::int64_t last) {
    for (auto k = static_cast<std::size_t>(first); k < static_cast<std::size_t>(last); ++k)
      work(k, slices[k]);
  });
}

}  // namespace

MaximumLikelihood::MaximumLikelihood(std::shared_ptr<DensityModel> model, MaximumLikelihoodOptions options)
    : model_(std::move(model)), options_(options), descent_(*model_, options.descent) {}

Scalars MaximumLikelihood::step(const Batch& batch, const StepInfo& info) {
  const auto key = stream_key(options_.seed, "noise", static_cast<std::uint64_t>(info.step));
  const bool starts = info.step == 0 && !model_->is_initialised();
  Snapshot before;  // buffers have moved when a likelihood is seen to be bad
  if (starts)
    before.add(named_state(*model_));
  else
    before.add_buffers(*model_);
  try {
    const Mode mode(*model_, true);
    if (starts) {
      auto context = context_of(*model_, batch);
      context.generator = generator(key);
      model_->initialise(batch.values, context);
    }
    auto slices = slices_of(*model_, batch);
    std::vector<double> values(slices.size());
    std::vector<Gradients> gradients(slices.size());
    each_slice(slices, [&](std::size_t k, Slice& slice) {
      slice.context.generator = generator(k == 0 ? key : stream_key(key, "slice", k));
      const auto share =
          static_cast<double>(slice.values.size(0)) / static_cast<double>(batch.values.size(0));
      const auto log_likelihood = model_->log_prob(slice.values, slice.context).mean() * share;
      values[k] = log_likelihood.item<double>();
      if (std::isfinite(values[k])) gradients[k] = descent_.gradients_of(-log_likelihood);
    });
    const double value = std::accumulate(values.begin(), values.end(), 0.0);
    if (!descent_.is_finite(value)) {
      const auto where = model_->first_non_finite(batch.values, context_of(*model_, batch));
      throw NonFinite(
          fmt::format("the log-likelihood is {}, first in {}", value, where.empty() ? "its noise" : where));
    }
    Scalars scalars{{model_->is_estimated() ? "log_likelihood_estimate" : "log_likelihood", value}};
    for (std::size_t k = 1; k < slices.size(); ++k)
      for (std::size_t i = 0; i < gradients[0].size(); ++i) gradients[0][i].add_(gradients[k][i]);
    append(scalars, descent_.apply(std::move(gradients[0]), info));
    return scalars;
  } catch (...) {
    before.restore();
    throw;
  }
}

Scalars MaximumLikelihood::evaluate(const Batch& batch) {
  const ModeGuard mode(*model_, false);
  auto slices = slices_of(*model_, batch);
  std::vector<at::Tensor> log_probs(slices.size());
  each_slice(slices, [&](std::size_t k, Slice& slice) {
    if (model_->is_estimated()) slice.context.generator = generator(stream_key(options_.seed, "evaluation"));
    log_probs[k] = model_->log_prob(slice.values, slice.context).to(at::kDouble);
  });
  return {{"log_likelihood", at::cat(log_probs).mean().item<double>()}};
}

at::Tensor MaximumLikelihood::sample(std::int64_t n, at::Generator generator) {
  if (!model_->can_sample()) return {};
  const ModeGuard mode(*model_, false);
  const auto labels = labels_in_turn(n, std::max<std::int64_t>(1, model_->condition_size()));
  return model_->sample(n, 1.0, std::move(generator),
                        {.condition = condition_of(*model_, labels), .tolerance = options_.tolerance});
}

}  // namespace pushforward::nn
