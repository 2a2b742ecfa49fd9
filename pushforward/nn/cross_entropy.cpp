#include "pushforward/nn/cross_entropy.h"

#include <cmath>

#include "pushforward/core/random.h"
#include "pushforward/nn/random.h"
#include "pushforward/nn/snapshot.h"

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
    : model_(std::move(model)), options_(options), descent_(*model_, options.descent) {}

at::Tensor CrossEntropy::augmented(const at::Tensor& images, std::int64_t step) const {
  if (!options_.flip) return images;
  const auto random = generator(stream_key(options_.seed, "flips", static_cast<std::uint64_t>(step)));
  const auto flipped = draw_uniform({images.size(0), 1, 1, 1}, 0, 1, random, images.device()) < 0.5;
  return at::where(flipped, images.flip({3}), images);
}

Scalars CrossEntropy::step(const Batch& batch, const StepInfo& info) {
  check(batch, model_->classes());
  Snapshot before;  // batch norms have moved when a loss is seen to be bad
  before.add_buffers(*model_);
  try {
    const auto logits = model_->forward(augmented(batch.values, info.step)).logits;
    const auto loss = at::cross_entropy_loss(logits, batch.labels);
    const double value = loss.item<double>();
    if (!descent_.is_finite(value)) throw NonFinite(fmt::format("the cross-entropy is {}", value));
    Scalars scalars{{"loss", value}, {"accuracy", accuracy(logits.detach(), batch.labels)}};
    append(scalars, descent_.minimise(loss, info));
    return scalars;
  } catch (...) {
    before.restore();
    throw;
  }
}

Scalars CrossEntropy::evaluate(const Batch& batch) {
  check(batch, model_->classes());
  const ModeGuard mode(*model_, false);
  const auto logits = model_->forward(batch.values).logits;
  return {{"loss", at::cross_entropy_loss(logits, batch.labels).item<double>()},
          {"accuracy", accuracy(logits, batch.labels)}};
}

at::Tensor CrossEntropy::sample(std::int64_t, at::Generator) {
  return {};
}

}  // namespace pushforward::nn
