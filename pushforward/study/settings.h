// Every key of a run's configuration, read in one place.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "pushforward/core/config.h"
#include "pushforward/flows/flow.h"
#include "pushforward/nn/maximum_likelihood.h"
#include "pushforward/train/schedule.h"

namespace pushforward::study {

/// What one image is; [model] channels, height and width.
struct Shape {
  std::int64_t channels = 1, height = 28, width = 28;
  std::int64_t dims() const { return channels * height * width; }
  bool operator==(const Shape&) const = default;
  std::string text() const;  // "1×28×28"
};

/// [data]
struct DataSettings {
  std::string name;
  double validation = 0.2;  // share of the training images that is held out
};

/// [train]
struct TrainSettings {
  std::int64_t epochs = 10, batch = 128;
  std::uint64_t seed = 0;
  train::Schedule schedule;
  nn::MaximumLikelihoodOptions step;
  double checkpoint_seconds = 60;
};

Shape read_shape(Config& config);
DataSettings read_data(Config& config);
TrainSettings read_train(Config& config);

/// The model that [model] describes, with initial weights from the run's seed. Throws UsageError.
std::shared_ptr<flows::Flow> make_model(Config& config);

}  // namespace pushforward::study
