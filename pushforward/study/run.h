// A trained model and everything its folder says about it.
#pragma once

#include <memory>
#include <string>

#include "pushforward/data/images.h"
#include "pushforward/flows/flow.h"
#include "pushforward/study/settings.h"
#include "pushforward/train/run_folder.h"

namespace pushforward::study {

struct Run {
  train::RunFolder folder;
  Config config;
  Shape shape;
  std::shared_ptr<flows::Flow> model;

  /// `checkpoint` is "last" (after the last step; the averaged weights where they are kept) or "best" (by
  /// held-out log-likelihood). Throws Error for what is not a run, lacks that checkpoint, or holds one that
  /// is damaged or of another model.
  static Run open(const std::filesystem::path& path, const std::string& checkpoint = "last");

  /// Rows are images: uint8 [N, C, H, W]. Throws Error when they are not of the model's shape.
  at::Tensor images(data::Images images) const;

  /// images [n, D] in [0, 1] → uint8 [n, C, H, W] for pictures; values outside are clipped.
  at::Tensor pixels(const at::Tensor& samples) const;
};

/// Which of the n images of data.name are trained on, and which are held out (data.validation of them).
std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> training_split(Config& config,
                                                                               std::int64_t n);

/// log p [N] nats, float64, of uint8 [N, C, H, W], in batches.
std::vector<double> log_prob(flows::Flow& model, const at::Tensor& images);

}  // namespace pushforward::study
