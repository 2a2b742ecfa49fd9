#include "pushforward/detection/companions.h"

#include <algorithm>

#include "pushforward/core/error.h"

namespace pushforward::detection {
namespace {

Part companion(const models::Run& run, const std::string& role, const std::filesystem::path& path) {
  auto other = models::Run::open(path);
  if (other.shape() != run.shape())
    throw fail("{} takes {}, the model of {} takes {}", path.string(), other.shape().text(),
               run.folder.path().string(), run.shape().text());
  return {role, path.string(), std::move(other.config), std::move(other.model), std::move(other.data)};
}

template <typename Function>
Function answer(const Function& function, const Part& part, const char* what, const char* who) {
  if (!function) throw fail("{} has no {}: expected the run of {}", part.name, what, who);
  return function;
}

/// The options that bring an answer which the run's own model has not got.
constexpr std::pair<ood::Answer, const char*> given_by[] = {
    {ood::Answer::background, "--background-run RUN"},
    {ood::Answer::ensemble, "--ensemble RUN"},
    {ood::Answer::reconstruction_error, "--autoencoder RUN"},
    {ood::Answer::features, "--classifier RUN or --autoencoder RUN"},
    {ood::Answer::logits, "--classifier RUN"}};

/// The option for the first of these answers that has one; "" when none has.
std::string option_for(const ood::AnyOf& answers) {
  for (const auto answer : answers)
    for (const auto& [given, option] : given_by)
      if (given == answer) return option;
  return "";
}

}  // namespace

std::vector<Part> parts_of(const models::Run& run, const Companions& companions) {
  std::vector<Part> parts{{"run", run.folder.path().string(), run.config, run.model, run.data}};
  const auto add = [&](const char* role, const std::filesystem::path& path) {
    parts.push_back(companion(run, role, path));
  };
  if (companions.background) add("background", *companions.background);
  for (const auto& path : companions.ensemble) add("ensemble", path);
  if (companions.autoencoder) add("autoencoder", *companions.autoencoder);
  if (companions.classifier) add("classifier", *companions.classifier);
  return parts;
}

ood::Outputs ood_outputs(const std::vector<Part>& parts) {
  if (parts.empty()) return {};
  auto all = parts.front().model.outputs;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto& part = parts[i];
    const auto& other = part.model.outputs;
    if (part.role == "background") {
      all.background = answer(other.log_prob, part, "likelihood", "a flow");
    } else if (part.role == "ensemble") {
      if (all.ensemble.empty()) all.ensemble = {answer(all.log_prob, parts.front(), "likelihood", "a flow")};
      all.ensemble.push_back(answer(other.log_prob, part, "likelihood", "a flow"));
    } else if (part.role == "autoencoder") {
      all.reconstruction_error =
          answer(other.reconstruction_error, part, "reconstruction error", "an autoencoder");
      if (!all.features) all.features = other.features;
    } else if (part.role == "classifier") {
      all.logits = answer(other.logits, part, "logits", "a classifier");
      all.features = answer(other.features, part, "features", "a classifier");
    } else {
      throw fail("unknown companion {}: expected background, ensemble, autoencoder or classifier", part.role);
    }
  }
  return all;
}

ood::Outputs ood_outputs(const models::Run& run, const Companions& companions) {
  return ood_outputs(parts_of(run, companions));
}

std::unique_ptr<ood::Detector> make_detector(const std::string& name, const ood::Outputs& model) {
  const auto& kind = ood::find_kind(name);
  const auto missing = ood::missing(kind.needs, model);
  if (missing.empty()) return ood::make_detector(kind, model);
  std::vector<std::string> options;
  for (const auto& answers : missing) options.push_back(option_for(answers));
  auto text = ood::lack(kind.name, kind.needs, model);
  if (std::ranges::count(options, "") == 0)
    text += fmt::format("; give it with {}", fmt::join(options, " and "));
  throw usage("{}", text);
}

}  // namespace pushforward::detection
