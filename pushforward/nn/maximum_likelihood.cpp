#include "pushforward/nn/maximum_likelihood.h"

#include "pushforward/core/random.h"
#include "pushforward/nn/class_condition.h"
#include "pushforward/nn/snapshot.h"

namespace pushforward::nn {
namespace {

Context context_of(const DensityModel& model, const Batch& batch) {
  return {.condition = condition_of(model, batch.labels, batch.values.options())};
}

}  // namespace

MaximumLikelihood::MaximumLikelihood(std::shared_ptr<DensityModel> model, MaximumLikelihoodOptions options)
    : model_(std::move(model)), options_(options), descent_(*model_, options.descent) {}

Scalars MaximumLikelihood::step(const Batch& batch, const StepInfo& info) {
  const auto key = stream_key(options_.seed, "noise", static_cast<std::uint64_t>(info.step));
  const bool starts = info.step == 0 && !model_->is_initialised();
  auto context = context_of(*model_, batch);
  Snapshot before;  // buffers have moved when a likelihood is seen to be bad
  if (starts)
    before.add(named_state(*model_));
  else
    before.add_buffers(*model_);
  try {
    const Mode mode(*model_, true);
    context.generator = generator(key);
    if (starts) model_->initialise(batch.values, context);
    context.generator = generator(key);
    const auto log_likelihood = model_->log_prob(batch.values, context).mean();
    const double value = log_likelihood.item<double>();
    if (!descent_.is_finite(value)) {
      const auto where = model_->first_non_finite(batch.values, context_of(*model_, batch));
      throw NonFinite(
          fmt::format("the log-likelihood is {}, first in {}", value, where.empty() ? "its noise" : where));
    }
    Scalars scalars{{model_->is_estimated() ? "log_likelihood_estimate" : "log_likelihood", value}};
    append(scalars, descent_.minimise(-log_likelihood, info));
    return scalars;
  } catch (...) {
    before.restore();
    throw;
  }
}

Scalars MaximumLikelihood::evaluate(const Batch& batch) {
  const ModeGuard mode(*model_, false);
  auto context = context_of(*model_, batch);
  if (model_->is_estimated()) context.generator = generator(stream_key(options_.seed, "evaluation"));
  return {{"log_likelihood", model_->log_prob(batch.values, context).to(at::kDouble).mean().item<double>()}};
}

at::Tensor MaximumLikelihood::sample(std::int64_t n, at::Generator generator) {
  if (!model_->can_sample()) return {};
  const ModeGuard mode(*model_, false);
  const auto labels = labels_in_turn(n, std::max<std::int64_t>(1, model_->condition_size()));
  return model_->sample(n, 1.0, std::move(generator),
                        {.condition = condition_of(*model_, labels), .tolerance = options_.tolerance});
}

}  // namespace pushforward::nn
