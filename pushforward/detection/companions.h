// A run and the runs beside it, as detectors see them.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pushforward/models/run.h"
#include "pushforward/ood/detector.h"

namespace pushforward::detection {

/// Runs on the same images that answer what a model alone cannot.
struct Companions {
  std::optional<std::filesystem::path> background;   ///< a likelihood, trained on perturbed pixels
  std::vector<std::filesystem::path> ensemble = {};  ///< likelihoods, other seeds of the run
  std::optional<std::filesystem::path> classifier;   ///< features and logits
  std::optional<std::filesystem::path>
      autoencoder;  ///< reconstruction error, and features unless a classifier's
};

/// A model, and what it answers for a detector: "run", "background", "ensemble", "classifier" or
/// "autoencoder".
struct Part {
  std::string role;
  std::string name;  // where it is from, for messages
  Config config;
  models::Model model;
  std::optional<models::RunData> data = {};  // what it was trained on, where its run knows
};

/// The run's model and its companions', opened. Throws Error for what is not a run or has images of another
/// shape.
std::vector<Part> parts_of(const models::Run& run, const Companions& companions = {});

/// What the run's model can tell detectors about images, completed by its companions; features are those of
/// the classifier, else of the run, else of the autoencoder. An ensemble counts the run itself. Keeps the
/// models alive. Throws Error for a companion that cannot answer what it was named for; of no parts nothing
/// is known.
ood::Outputs ood_outputs(const std::vector<Part>& parts);
ood::Outputs ood_outputs(const models::Run& run, const Companions& companions = {});

/// As ood::make_detector. Throws UsageError also where the model lacks something, naming the
/// companions that would give it where there are such.
std::unique_ptr<ood::Detector> make_detector(const std::string& name, const ood::Outputs& model);

}  // namespace pushforward::detection
