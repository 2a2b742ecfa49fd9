#include "pushforward/models/model.h"

#include <algorithm>
#include <string_view>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/models/classifier_model.h"
#include "pushforward/models/flow_model.h"
#include "pushforward/models/gan_model.h"
#include "pushforward/models/latent_model.h"

namespace pushforward::models {
namespace {

struct Kind {
  std::string_view name;
  std::shared_ptr<Model> (*make)(Config& config, const Shape& shape);
};

// A new kind of model is one line here.
constexpr Kind kinds[] = {{"realnvp", make_real_nvp},
                          {"gan", make_gan},
                          {"classifier", make_classifier},
                          {"autoencoder", make_autoencoder},
                          {"latent-realnvp", make_latent_real_nvp}};

}  // namespace

at::Tensor Model::sample(std::int64_t n, const SampleOptions& options, at::Generator generator) {
  const auto z = at::empty({n, latent_size()}).normal_(0.0, 1.0, std::move(generator));
  return decode_all(z * options.temperature, options);
}

at::Tensor Model::decode_all(const at::Tensor& latents, const SampleOptions& options) {
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

std::vector<std::string> Model::verdict(const std::vector<Json>&) const {
  return {};
}

std::string Likelihood::reason() const {
  if (of == "pixels" || of == "points")
    return "a density, trained without dequantisation: there are no bits/dim to state";
  return fmt::format("log p is of the {}, in nats, not of pixels: it compares images under this model only",
                     of);
}

Likelihood Model::likelihood() const {
  throw usage("{} has no likelihood: this takes a flow", name());
}

flows::Flow& Model::flow() {
  throw usage("{} has no likelihood: this takes a flow", name());
}

std::shared_ptr<Model> make_model(Config& config) {
  std::vector<std::string> names;
  for (const auto& kind : kinds) names.emplace_back(kind.name);
  const auto name = config.get_choice("model.kind", names.front(), names);
  const auto shape = read_shape(config);
  const auto* kind = std::ranges::find(kinds, name, &Kind::name);
  try {
    auto model = kind->make(config, shape);
    config.check_all_read();
    return model;
  } catch (const UsageError&) {
    throw;
  } catch (const Error& error) {
    throw usage("model.kind = {}: {}", name, error.what());
  }
}

Subject prepare(Config& config) {
  const auto data = read_data(config);
  Subject subject{.set = load_examples(data.name, data.resize), .model = nullptr};
  propose_data(config, subject.set);
  subject.model = make_model(config);
  if (subject.model->shape() != subject.set.shape)
    throw fail("{}, the configuration's model takes {}", subject.set.text(), subject.model->shape().text());
  if (subject.model->takes_labels() && !subject.set.labels.defined())
    throw fail("{} has no labels: a {} is trained on a labelled set (IDX with its labels, or CIFAR-10)",
               subject.set.name, subject.model->name());
  return subject;
}

}  // namespace pushforward::models
