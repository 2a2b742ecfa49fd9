// Features of sets of images that need not fit into memory.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pushforward/data/images.h"
#include "pushforward/data/spec.h"
#include "pushforward/evaluation/extractor.h"
#include "pushforward/evaluation/feature_cache.h"

namespace pushforward::evaluation {

struct SetFeatures {
  std::string name;
  Extracted extracted;                  // features [N, d] may be mapped from a file (feature_rows.h)
  at::Tensor labels = {};               // int64 [N] of a labelled set
  std::vector<std::string> classes;     // what labels stand for, where they are names of folders
  std::vector<data::LeftOut> left_out;  // files of a folder
};

/// Extracts features part by part, looking each part up in the cache, where there is one, first.
class FeatureExtraction {
 public:
  /// Both must outlive it; `cache` may be null.
  FeatureExtraction(Extractor& extractor, FeatureCache* cache, bool with_logits)
      : extractor_(extractor), cache_(cache), with_logits_(with_logits) {}

  /// Of images uint8 [N, C, H, W] in memory. Throws as Extractor::extract.
  Extracted of(const at::Tensor& images, const std::string& name);

  /// Of DATA as a stream (image_stream.h): of more than n images (0: all) of n that `seed` and their content
  /// choose, for which the set is read twice. Throws as open_images and Extractor::extract, and Error for
  /// images of different shapes.
  SetFeatures of(const data::Spec& data, std::int64_t n, std::uint64_t seed);

 private:
  Extracted part(const at::Tensor& images, const std::string& name);

  Extractor& extractor_;
  FeatureCache* cache_;
  bool with_logits_;
};

}  // namespace pushforward::evaluation
