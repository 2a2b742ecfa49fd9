#include "pushforward/evaluation/extractor.h"

#include "pushforward/core/error.h"
#include "pushforward/data/checksum.h"
#include "pushforward/data/registry.h"
#include "pushforward/evaluation/sample_source.h"
#include "pushforward/evaluation/torchscript.h"
#include "pushforward/models/image_size.h"
#include "pushforward/models/kinds.h"
#include "pushforward/models/run.h"
#include "pushforward/ops/precision.h"

namespace pushforward::evaluation {
namespace {

constexpr const char* usual_run = "runs/classifier";

/// The same for the same weights, wherever they are kept.
std::string sum_of(const nn::NamedTensors& weights) {
  std::string bytes;
  for (const auto& [name, tensor] : weights) {
    const auto plain = tensor.detach().contiguous();
    bytes += fmt::format("{} {} {}\n", name, plain.sizes(), plain.nbytes());
    bytes.append(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
  }
  return data::sha256(bytes);
}

/// Its features are others where its products are rounded.
std::string kind_of(const models::Run& run) {
  const auto name = models::kind_of(run.config).name;
  const bool rounded = ops::precision() != ops::Precision::float32;
  return rounded ? fmt::format("{} in {}", name, ops::name_of(ops::precision())) : name;
}

class RunExtractor : public Extractor {
 public:
  RunExtractor(models::Run run, data::ResizeMode mode)
      : Extractor(kind_of(run), sum_of(run.model.exported()), mode), run_(std::move(run)) {
    if (!run_.model.outputs.features)
      throw usage("--features {}: its {} has no features, expected the run of a classifier",
                  run_.folder.path().string(), run_.model.name);
  }

  std::optional<std::pair<std::int64_t, std::int64_t>> size() const override {
    return std::pair(run_.shape().height, run_.shape().width);
  }

  Extracted extract(const at::Tensor& images, const std::string& what, bool with_logits) override {
    const auto& shape = run_.shape();
    const auto x = models::resized(models::with_channels(images, shape.channels, what, name()), shape.height,
                                   shape.width, resize_mode());
    const auto& model = run_.model.outputs;
    Extracted extracted{.features = model.features(x).to(at::kFloat)};
    if (with_logits && model.logits) extracted.logits = model.logits(x).to(at::kFloat);
    return extracted;
  }

 private:
  models::Run run_;
};

class Pixels : public Extractor {
 public:
  Pixels() : Extractor("pixels", "") {}

  bool worth_keeping() const override { return false; }

  Extracted extract(const at::Tensor& images, const std::string& what, bool) override {
    const auto shape = images.sizes().slice(1).vec();
    if (shape_.empty()) shape_ = shape;
    if (shape != shape_)
      throw fail("{} has images of {}, the ones before of {}: pixels are compared at one size only", what,
                 fmt::join(shape, "×"), fmt::join(shape_, "×"));
    return {.features = images.flatten(1).to(at::kFloat) / 255};
  }

 private:
  std::vector<std::int64_t> shape_;
};

}  // namespace

std::unique_ptr<Extractor> open_extractor(const std::string& features, const std::string& convention,
                                          data::ResizeMode mode) {
  const bool module = features.ends_with(".pt") || features == "inception";
  if (!module && !convention.empty())
    throw usage("--convention {} is for TorchScript modules, --features {} is none", convention,
                features.empty() ? usual_run : features);
  if (features == "inception")
    return torchscript_extractor(data::network_file(features), convention.empty() ? features : convention,
                                 mode);
  if (module) return torchscript_extractor(features, convention.empty() ? "plain" : convention, mode);
  if (features == "pixels" && mode != data::ResizeMode::pillow_bilinear)
    throw usage("--resize-mode {}: pixels are taken as they are; --resize makes images of another size",
                data::name_of(mode));
  if (features == "pixels") return std::make_unique<Pixels>();
  if (features.empty() && !is_run(usual_run))
    throw usage(
        "no classifier at {}: train one with `pushforward train classifier` (minutes), or name a feature "
        "extractor with --features RUN, FILE.pt, inception or pixels",
        usual_run);
  if (!features.empty() && !is_run(features))
    throw usage("--features {}: expected the run of a classifier, a TorchScript FILE.pt, inception or pixels",
                features);
  return std::make_unique<RunExtractor>(models::Run::open(features.empty() ? usual_run : features), mode);
}

}  // namespace pushforward::evaluation
