#include "pushforward/nn/cross_entropy.h"

#include <cmath>

#include "pushforward/core/random.h"

namespace pushforward::nn {
namespace {

void check(const Batch& batch, std::int64_t classes) {
  if (!batch.labels.defined()) throw fail("[classifier] expected labelled images, found none with a label");
  const auto n = batch.values.size(0);
  PF_CHECK(batch.labels.dim() == 1 && batch.labels.size(0) == n, "[classifier] expected {} labels, got {}", n,
           batch.labels.numel());
  const auto least = batch.labels.min().item<std::int64_t>(), most = batch.labels.max().item<std::int64_t>();
  if (least < 0 || most >= classes)
    throw fail("[classifier] expected labels from 0 to {}, found {}", classes - 1, least < 0 ? least : most);
}

double accuracy(const at::Tensor& logits, const at::Tensor& labels) {
  return logits.argmax(1).eq(labels).to(at::kDouble).mean().item<double>();
}

}  // namespace

CrossEntropy::CrossEntropy(std::shared_ptr<Classifier> model, CrossEntropyOptions options)
    : model_(std::move(model)), options_(options), adam_(*model_, options.adam) {}

at::Tensor CrossEntropy::augmented(const at::Tensor& images, std::int64_t step) const {
  if (!options_.flip) return images;
  const auto random = generator(stream_key(options_.seed, "flips", static_cast<std::uint64_t>(step)));
  const auto flipped = at::empty({images.size(0), 1, 1, 1}).uniform_(0, 1, random) < 0.5;
  return at::where(flipped, images.flip({3}), images);
}

Scalars CrossEntropy::step(const Batch& batch, const StepInfo& info) {
  check(batch, model_->classes());
  std::vector<std::pair<at::Tensor, at::Tensor>>
      running;  // batch norms have moved when a loss is seen to be bad
  for (const auto& buffer : model_->buffers()) running.emplace_back(buffer, buffer.clone());
  adam_.zero_gradients();
  const auto logits = model_->forward(augmented(batch.values, info.step)).logits;
  const auto loss = at::cross_entropy_loss(logits, batch.labels);
  const double value = loss.item<double>();
  std::string problem;
  if (std::isfinite(value)) {
    loss.backward();
    if (const auto name = adam_.first_non_finite_gradient(); !name.empty())
      problem = fmt::format("the gradient of {} is not finite", name);
  } else {
    problem = fmt::format("the cross-entropy is {}", value);
  }
  if (!problem.empty()) {
    for (auto& [buffer, before] : running) buffer.copy_(before);
    throw NonFinite(problem);
  }
  adam_.update(info.step + 1, info.learning_rate);
  return {{"loss", value}, {"accuracy", accuracy(logits.detach(), batch.labels)}};
}

Scalars CrossEntropy::evaluate(const Batch& batch) {
  check(batch, model_->classes());
  const at::NoGradGuard no_grad;
  model_->eval();
  const auto logits = model_->forward(batch.values).logits;
  model_->train();
  return {{"loss", at::cross_entropy_loss(logits, batch.labels).item<double>()},
          {"accuracy", accuracy(logits, batch.labels)}};
}

NamedTensors CrossEntropy::state() {
  NamedTensors all;
  for (const auto& [name, tensor] : named_state(*model_)) all.emplace_back("model." + name, tensor);
  for (const auto& [name, tensor] : adam_.state()) all.emplace_back("adam." + name, tensor);
  return all;
}

at::Tensor CrossEntropy::sample(std::int64_t, at::Generator) {
  return {};
}

}  // namespace pushforward::nn
