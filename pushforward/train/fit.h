// The training loop.
#pragma once

#include <functional>
#include <optional>

#include "pushforward/data/loader.h"
#include "pushforward/nn/trainable.h"
#include "pushforward/ops/precision.h"
#include "pushforward/train/run_folder.h"
#include "pushforward/train/schedule.h"

namespace pushforward::train {

struct Epoch {
  std::int64_t epoch = 0;  // 1 after the first
  std::int64_t step = 0;   // updates made
  nn::Scalars train;       // means over the epoch, as the weights moved
  nn::Scalars held_out;    // at its end; empty without held-out data
  nn::Scalars measured;    // by FitOptions::measure
  double seconds = 0;
};

/// Called after every epoch; one that an earlier process has finished is told by `epoch`, `step` and
/// `seconds` alone.
using OnEpoch = std::function<void(const Epoch&)>;

struct FitOptions {
  std::int64_t epochs = 10;
  Schedule schedule = {};                  // `total` is filled in by fit
  std::string best_by = "log_likelihood";  // the measured or held-out scalar whose largest value `best`
                                           // keeps; "": no `best`
  bool best_is_least = false;              // instead: whose smallest
  ops::Precision precision = ops::Precision::float32;  // of a step's products
  double checkpoint_seconds = 60;                      // `last` is written this often, and after every epoch
  bool resume = false;
  /// What else to find out at an epoch's end, with the weights that `best` would save.
  std::function<nn::Scalars(const Epoch&)> measure = {};
};

/// Trains for `epochs` passes over `batches`. With a run folder (on which `begin` was called), every step is
/// a line of metrics.jsonl, checkpoints are kept, and `options.resume` continues from the last one bit for
/// bit; without, nothing is written. `on_epoch` is called with the weights that `best` would save; the epoch
/// is saved before, even when it throws. A run that is resumed at an epoch's beginning calls it again for the
/// epoch before, which a killed process may not have come to.
///
/// Throws Interrupted after Ctrl-C or SIGTERM and Error for a non-finite loss (with the step, the images and
/// the layer), both after the last good state was saved.
std::vector<Epoch> fit(nn::Trainable& model, data::Loader& batches, data::Loader* held_out,
                       FitOptions options, const RunFolder* run = nullptr, const OnEpoch& on_epoch = {});

/// Means of `evaluate` over one pass, weighted by batch size.
nn::Scalars evaluate(nn::Trainable& model, data::Loader& batches);

}  // namespace pushforward::train
