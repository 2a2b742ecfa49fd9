#include "pushforward/models/model.h"

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/models/kinds.h"
#include "pushforward/nn/random.h"

namespace pushforward::models {
namespace {

UsageError lacks(const Model& model, const char* what) {
  return usage("{} {}{}{}", model.name, what, model.advice.empty() ? "" : "; ", model.advice);
}

}  // namespace

void expect_running_statistics(const SampleOptions& options) {
  if (options.batch_statistics) throw usage("batch statistics are for models with batch normalisation");
}

at::Tensor Sampler::sample(std::int64_t n, const SampleOptions& options, at::Generator generator) const {
  const auto z = nn::draw_normal({n, latent_size}, 0, 1, std::move(generator));
  return decode_all(z * options.temperature, options);
}

at::Tensor Sampler::decode_all(const at::Tensor& latents, const SampleOptions& options) const {
  if (options.batch_statistics) return decode(latents, options);
  Progress progress("sample", latents.size(0), "samples");
  std::vector<at::Tensor> parts;
  for (const auto& some : latents.split(1024)) {
    stop_if_interrupted("sampling");
    parts.push_back(decode(some, options));
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
  if (subject.model.training.labels && !subject.set.labels.defined())
    throw fail("{} has no labels: a {} is trained on a labelled set (IDX with its labels, or CIFAR-10)",
               subject.set.name, subject.model.name);
  return subject;
}

}  // namespace pushforward::models
