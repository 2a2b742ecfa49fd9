// A run and the runs beside it, as detectors see them.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "pushforward/ood/model.h"
#include "pushforward/study/run.h"

namespace pushforward::study {

/// Runs on the same images that answer what a model alone cannot.
struct Companions {
  std::optional<std::filesystem::path> background;   ///< a likelihood, trained on perturbed pixels
  std::vector<std::filesystem::path> ensemble = {};  ///< likelihoods, other seeds of the run
  std::optional<std::filesystem::path> classifier;   ///< features and logits
  std::optional<std::filesystem::path>
      autoencoder;  ///< reconstruction error, and features unless a classifier's
};

/// What the run's model can tell detectors about images, completed by its companions; features are those of
/// the classifier, else of the run, else of the autoencoder. An ensemble counts the run itself. Keeps the
/// models alive. Throws Error for what is not a run, has images of another shape, or cannot answer what it
/// was named for.
ood::Model ood_model(const Run& run, const Companions& companions = {});

}  // namespace pushforward::study
