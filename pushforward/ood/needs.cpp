#include "pushforward/ood/needs.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace pushforward::ood {
namespace {

bool has(const Outputs& model, Answer answer) {
  switch (answer) {
    case Answer::log_prob:
      return static_cast<bool>(model.log_prob);
    case Answer::log_prob_latent:
      return static_cast<bool>(model.log_prob_latent);
    case Answer::log_det:
      return static_cast<bool>(model.log_det);
    case Answer::background:
      return static_cast<bool>(model.background);
    case Answer::ensemble:
      return model.ensemble.size() >= 2;
    case Answer::log_ratio:
      return static_cast<bool>(model.log_ratio);
    case Answer::reconstruction_error:
      return static_cast<bool>(model.reconstruction_error);
    case Answer::features:
      return static_cast<bool>(model.features);
    case Answer::logits:
      return static_cast<bool>(model.logits);
  }
  return false;
}

struct Words {
  std::string answer, whose;  ///< "logits", "a classifier"
};

Words words(Answer answer, const Outputs& model) {
  switch (answer) {
    case Answer::log_prob:
      return {"log_prob", "a flow"};
    case Answer::log_prob_latent:
      return {"log_prob_latent", "a flow"};
    case Answer::log_det:
      return {"log_det", "a flow"};
    case Answer::background:
      return {"a background", "a second one trained on perturbed pixels"};
    case Answer::ensemble:
      return {fmt::format("an ensemble of at least 2, got {}", model.ensemble.size()), ""};
    case Answer::log_ratio:
      return {"log_ratio", "a flow-nce"};
    case Answer::reconstruction_error:
      return {"reconstruction_error", "an autoencoder"};
    case Answer::features:
      return {"features", "a classifier or an autoencoder"};
    case Answer::logits:
      return {"logits", "a classifier"};
  }
  return {};
}

}  // namespace

std::vector<AnyOf> missing(const Needs& needs, const Outputs& model) {
  std::vector<AnyOf> all;
  std::ranges::copy_if(needs.answers, std::back_inserter(all), [&](const AnyOf& any) {
    return std::ranges::none_of(any, [&](Answer answer) { return has(model, answer); });
  });
  return all;
}

bool serves(const Outputs& model, const Needs& needs) {
  return missing(needs, model).empty();
}

std::string lack(const char* detector, const Needs& needs, const Outputs& model) {
  std::vector<std::string> answers, whose;
  for (const auto& any : missing(needs, model)) {
    std::vector<std::string> alternatives;
    for (const auto answer : any) alternatives.push_back(words(answer, model).answer);
    answers.push_back(fmt::format("{}", fmt::join(alternatives, " or ")));
    const auto first = words(any.front(), model).whose;
    if (!first.empty() && std::ranges::count(whose, first) == 0) whose.push_back(first);
  }
  if (answers.empty()) return "";
  return fmt::format("[ood] the detector {} needs a model with {}{}{}", detector, fmt::join(answers, " and "),
                     whose.empty() ? "" : ", such as ", fmt::join(whose, " and "));
}

std::string lack(const char* detector, const Needs& needs, const at::Tensor& images) {
  const bool pictures = images.scalar_type() == at::kByte && images.dim() == 4 &&
                        std::min(images.size(2), images.size(3)) >= needs.side;
  if (needs.side > 0 && !pictures)
    return fmt::format(
        "[ood] the detector {} needs images uint8 [N, C, H, W] of at least {}×{} pixels, got {} [{}]",
        detector, needs.side, needs.side, images.toString(), fmt::join(images.sizes(), ", "));
  if (images.size(0) < needs.images)
    return fmt::format(
        "[ood] the detector {} needs at least {} in-distribution images to be fitted on, got {}", detector,
        needs.images, images.size(0));
  return "";
}

}  // namespace pushforward::ood
