#include "pushforward/models/model.h"

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/models/conditional.h"
#include "pushforward/models/kinds.h"
#include "pushforward/nn/class_condition.h"
#include "pushforward/nn/random.h"
#include "pushforward/nn/weight_limit.h"
#include "pushforward/ops/constant_weights.h"

namespace pushforward::models {
namespace {

UsageError lacks(const Model& model, const char* what) {
  return usage("{} {}{}{}", model.name, what, model.advice.empty() ? "" : "; ", model.advice);
}

std::uint64_t bytes_of(const checkpoint::File& file) {
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : file.tensors) bytes += tensor.nbytes();
  return bytes;
}

}  // namespace

void expect_running_statistics(const SampleOptions& options) {
  if (options.batch_statistics) throw usage("batch statistics are for models with batch normalisation");
}

std::int64_t not_finite(const at::Tensor& samples) {
  return samples.size(0) - at::isfinite(samples).flatten(1).all(1).sum().item<std::int64_t>();
}

at::Tensor sample_labels(const SampleOptions& options, std::int64_t n, std::int64_t classes) {
  const auto& labels = options.labels;
  if (classes == 0) {
    if (labels.defined()) throw usage("a label is for a conditional model, this one was trained without");
    return {};
  }
  if (!labels.defined()) return nn::labels_in_turn(n, classes);
  PF_CHECK(labels.dim() == 1 && (labels.size(0) == n || labels.size(0) == 1),
           "[sample] expected {} labels or one for all, got {}", n, labels.sizes());
  for (const auto& extreme : {labels.min(), labels.max()})
    if (const auto label = extreme.item<std::int64_t>(); label < 0 || label >= classes)
      throw usage("label {}: the model knows the classes 0 to {}", label, classes - 1);
  return labels.expand({n});
}

at::Tensor Sampler::sample(std::int64_t n, const SampleOptions& options, at::Generator generator) const {
  const auto z = nn::draw_normal({n, latent_size}, 0, 1, std::move(generator));
  return decode_all(z * options.temperature, options);
}

at::Tensor Sampler::decode_all(const at::Tensor& latents, const SampleOptions& options) const {
  const ops::Inference inference;
  auto own = options;
  own.labels = sample_labels(options, latents.size(0), classes);
  if (options.batch_statistics) return decode(latents, own);
  Progress progress("sample", latents.size(0), "samples");
  constexpr std::int64_t size = 512;
  const auto labels = own.labels;
  std::vector<at::Tensor> parts;
  for (const auto& some : latents.split(size)) {
    stop_if_interrupted("sampling");
    if (labels.defined()) {
      const auto begin = size * std::ssize(parts);
      own.labels = labels.slice(0, begin, begin + some.size(0));
    }
    parts.push_back(decode(some, own));
    progress.advance(some.size(0));
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

void append_matrices(std::vector<Layer>& all, const nn::Module& network, const std::string& prefix) {
  for (const auto& item : network.named_parameters())
    if (item.value().dim() > 1)
      all.push_back({prefix + item.key(), fmt::format("[{}]", fmt::join(item.value().sizes(), ", ")),
                     item.value().numel(), 0});
}

std::string Likelihood::reason() const {
  if (of == "pixels" || of == "points")
    return "a density, trained without dequantisation: there are no bits/dim to state";
  return fmt::format("log p is of the {}, in nats, not of pixels: it compares images under this model only",
                     of);
}

const Sampler& expect_sampler(const Model& model) {
  if (!model.sampler) throw lacks(model, "draws no samples: this takes a flow or an adversarial model");
  return *model.sampler;
}

const Density& expect_density(const Model& model) {
  if (!model.density) throw lacks(model, "has no likelihood: this takes a flow");
  return *model.density;
}

Model make_model(const Config& config, const std::optional<Weights>& weights) {
  std::optional<nn::WeightLimit> limit;
  if (weights) limit.emplace(bytes_of(weights->file));
  const auto& kind = kind_of(config);
  const auto shape = read_shape(config);
  Unfinished finish;
  try {
    finish = kind.make(config, shape);
    config.check_all_read();
  } catch (const UsageError&) {
    throw;
  } catch (const Error& error) {
    throw usage("model.kind = {}: {}", kind.name, error.what());
  }
  return finish(weights);
}

Subject prepare(Config& config) {
  const auto data = read_data(config);
  auto set = load_examples(data.set, data.resize);
  propose_shape(config, set.shape);
  if (const auto complete = kind_of(config).complete) complete(config, set);
  Subject subject{.set = std::move(set), .model = make_model(config)};
  if (subject.model.shape != subject.set.shape)
    throw fail("{}, the configuration's model takes {}", subject.set.text(), subject.model.shape.text());
  if (subject.model.training.labels)
    expect_labels(subject.set, subject.model.name,
                  subject.model.density ? subject.model.density->classes() : 0);
  return subject;
}

}  // namespace pushforward::models
