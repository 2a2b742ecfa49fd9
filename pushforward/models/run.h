// A trained model and everything its folder says about it.
#pragma once

#include <memory>
#include <string>

#include "pushforward/models/data_record.h"
#include "pushforward/models/examples.h"
#include "pushforward/models/model.h"
#include "pushforward/train/run_folder.h"

namespace pushforward::models {

struct Run {
  train::RunFolder folder;
  Config config;
  Model model;
  std::optional<RunData> data = {};  // what it was trained on, where it knows

  /// `checkpoint` is "last" (after the last step; the averaged weights where they are kept) or "best" (by
  /// held-out log-likelihood or accuracy; of samples by FID, where it was measured). Throws Error for what is
  /// not a run, lacks that checkpoint, or holds one that is damaged or of another model.
  static Run open(const std::filesystem::path& path, const std::string& checkpoint = "last");

  const Shape& shape() const { return model.shape; }

  /// DATA as this run's model takes it, read and resized as its training images were. Throws Error when it is
  /// not of the model's shape.
  Examples examples(const std::string& spec) const;
  at::Tensor load(const std::string& spec) const { return examples(spec).values; }

  /// Samples in [0, 1] → uint8 [n, C, H, W] for pictures; values outside are clipped.
  at::Tensor pixels(const at::Tensor& samples) const;
};

}  // namespace pushforward::models
