// The arguments of the verbs that make detectors.
#pragma once

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "pushforward/detection/companions.h"
#include "pushforward/ood/detector.h"

namespace pushforward::cli {

/// Every detector and its score, for the end of a help.
inline std::string list_of_detectors() {
  std::string text = "scores (higher = more anomalous)\n";
  for (const auto& kind : ood::kinds()) text += fmt::format("  {:<19} {}\n", kind.name, kind.summary);
  return text;
}

inline std::vector<std::string> names_of_detectors() {
  std::vector<std::string> names;
  for (const auto& kind : ood::kinds()) names.emplace_back(kind.name);
  return names;
}

/// The runs that answer what a run's own model cannot. `companions` must outlive the parsing.
inline void add_companions(CLI::App& verb, detection::Companions& companions) {
  verb.add_option("--background-run", companions.background, "A run on perturbed images: likelihood-ratio");
  verb.add_option("--ensemble", companions.ensemble, "Runs of other seeds: waic");
  verb.add_option("--classifier", companions.classifier, "A classifier's run: energy, mahalanobis, knn");
  verb.add_option("--autoencoder", companions.autoencoder, "An autoencoder's run: reconstruction");
}

}  // namespace pushforward::cli
