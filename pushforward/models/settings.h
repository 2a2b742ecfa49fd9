// The parts of a run's configuration that every kind of model has.
#pragma once

#include <cstdint>
#include <string>

#include "pushforward/core/config.h"
#include "pushforward/data/spec.h"
#include "pushforward/nn/descent.h"
#include "pushforward/ops/precision.h"
#include "pushforward/train/schedule.h"

namespace pushforward::models {

/// What one example is: an image, [model] channels, height and width; or a point, [model] dims.
struct Shape {
  std::int64_t channels = 1, height = 28, width = 28;
  std::int64_t numbers = 0;  // of a point; 0 for images
  static Shape of_points(std::int64_t numbers) { return {0, 0, 0, numbers}; }
  bool points() const { return numbers > 0; }
  std::int64_t dims() const { return points() ? numbers : channels * height * width; }
  bool operator==(const Shape&) const = default;
  std::string text() const;  // "1×28×28", "2 numbers"
};

/// [data]
struct DataSettings {
  data::Spec set;  // data.name, with how its files are read: strict, background, upright, resize_mode
  double validation = 0.2;     // share of the training set that is held out
  bool test_held_out = false;  // instead: the set's own test split is, where there is one
  double share = 1;            // of the rest, drawn at random, that is trained on
  bool shuffle = true;         // otherwise batches are the same, in the same order, in every epoch
  std::int64_t resize = 0;     // images become resize × resize; 0: as they are
};

/// [train], but for what only one kind of model knows
struct TrainSettings {
  std::int64_t epochs = 10, batch = 128;
  std::uint64_t seed = 0;
  train::Schedule schedule;
  double ema_decay = 0;
  ops::Precision precision = ops::Precision::float32;  // of a step's products
  std::int64_t measure_every = 1;                      // epochs between measurements and pictures
  std::int64_t fid_every = 0;                          // epochs between measurements of FID; 0: none
  std::string fid_features;                            // on these features, as open_extractor takes them
  double checkpoint_seconds = 60;
};

/// What is not stated is taken from [data]: the side that images are resized to, the plane for generated
/// points, else 28×28.
Shape read_shape(const Config& config);
/// Puts a shape into a configuration that leaves it open; what it states stays.
void propose_shape(Config& config, const Shape& shape);
DataSettings read_data(const Config& config);
TrainSettings read_train(const Config& config);
/// Reads [train] optimiser and the keys of all, beta1, beta2, alpha, momentum, epsilon, so that `--set
/// train.optimiser` changes a preset whose other keys are another's.
nn::OptimiserOptions read_optimiser(const Config& config, double learning_rate, double usual_beta1 = 0.9);
/// Reads what one optimiser's training needs: [train] optimiser and its keys, clip_norm, ema.
nn::DescentOptions read_descent(const Config& config);

}  // namespace pushforward::models
