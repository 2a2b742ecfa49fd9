#include "pushforward/nn/maximum_likelihood.h"

#include <cmath>

#include "pushforward/core/random.h"

namespace pushforward::nn {

MaximumLikelihood::MaximumLikelihood(std::shared_ptr<DensityModel> model, MaximumLikelihoodOptions options)
    : model_(std::move(model)), seed_(options.seed), descent_(*model_, options.descent) {}

Scalars MaximumLikelihood::step(const Batch& batch, const StepInfo& info) {
  const auto key = stream_key(seed_, "noise", static_cast<std::uint64_t>(info.step));
  const auto log_likelihood = model_->log_prob(batch.values, generator(key)).mean();
  Scalars scalars{{"log_likelihood", log_likelihood.item<double>()}};
  if (const double value = scalars[0].second; !std::isfinite(value)) {
    const auto where = model_->first_non_finite(batch.values);
    throw NonFinite(
        fmt::format("the log-likelihood is {}, first in {}", value, where.empty() ? "its noise" : where));
  }
  append(scalars, descent_.minimise(-log_likelihood, info));
  return scalars;
}

Scalars MaximumLikelihood::evaluate(const Batch& batch) {
  at::NoGradGuard no_grad;
  return {{"log_likelihood", model_->log_prob(batch.values).to(at::kDouble).mean().item<double>()}};
}

at::Tensor MaximumLikelihood::sample(std::int64_t n, at::Generator generator) {
  return model_->sample(n, 1.0, std::move(generator));
}

}  // namespace pushforward::nn
