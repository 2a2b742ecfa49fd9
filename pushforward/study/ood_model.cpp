#include "pushforward/study/ood_model.h"

#include "pushforward/core/error.h"

namespace pushforward::study {
namespace {

template <typename Function>
void hold(Function& function, const std::shared_ptr<Model>& model) {
  if (function) function = [model, answer = std::move(function)](const at::Tensor& x) { return answer(x); };
}

ood::Model detection(const std::shared_ptr<Model>& model) {
  auto answers = model->detection();
  hold(answers.log_prob, model);
  hold(answers.log_prob_latent, model);
  hold(answers.log_det, model);
  hold(answers.reconstruction_error, model);
  hold(answers.features, model);
  hold(answers.logits, model);
  return answers;
}

ood::Model companion(const Run& run, const std::filesystem::path& path) {
  const auto other = Run::open(path);
  if (other.shape() != run.shape())
    throw fail("{} takes {}, the model of {} takes {}", path.string(), other.shape().text(),
               run.folder.path().string(), run.shape().text());
  return detection(other.model);
}

template <typename Function>
Function answer(const Function& function, const std::filesystem::path& path, const char* what,
                const char* who) {
  if (!function) throw fail("{} has no {}: expected the run of {}", path.string(), what, who);
  return function;
}

}  // namespace

ood::Model ood_model(const Run& run, const Companions& companions) {
  auto model = detection(run.model);
  if (const auto& path = companions.background)
    model.background = answer(companion(run, *path).log_prob, *path, "likelihood", "a flow");
  if (!companions.ensemble.empty()) {
    model.ensemble = {answer(model.log_prob, run.folder.path(), "likelihood", "a flow")};
    for (const auto& path : companions.ensemble)
      model.ensemble.push_back(answer(companion(run, path).log_prob, path, "likelihood", "a flow"));
  }
  if (const auto& path = companions.autoencoder) {
    const auto other = companion(run, *path);
    model.reconstruction_error =
        answer(other.reconstruction_error, *path, "reconstruction error", "an autoencoder");
    if (!model.features) model.features = other.features;
  }
  if (const auto& path = companions.classifier) {
    const auto other = companion(run, *path);
    model.logits = answer(other.logits, *path, "logits", "a classifier");
    model.features = answer(other.features, *path, "features", "a classifier");
  }
  return model;
}

}  // namespace pushforward::study
