// What sample quality is measured on: features of images.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pushforward/data/reading.h"

namespace pushforward::evaluation {

struct Extracted {
  at::Tensor features;     // float32 [N, d]
  at::Tensor logits = {};  // float32 [N, K]; undefined where there are none, or nobody asked
};

/// Images in, features out. A value of FID is in units of the network it was measured with, so an extractor
/// has a name that tells it from every other: its kind and the sum of its content.
class Extractor {
 public:
  virtual ~Extractor() = default;

  const std::string& name() const { return name_; }

  /// The height and width that images are resized to; nothing where they are taken as they are.
  virtual std::optional<std::pair<std::int64_t, std::int64_t>> size() const { return std::nullopt; }
  /// How they are.
  data::ResizeMode resize_mode() const { return mode_; }

  /// Whether extracting takes longer than reading what was kept.
  virtual bool worth_keeping() const { return true; }

  /// Images uint8 [N, C, H, W] of any size: they are resized by the extractor's mode where the network takes
  /// one size only, and gray ones are repeated where it takes colour. Colour for a gray network is refused:
  /// there is no one way to gray. Throws Interrupted after Ctrl-C, and Error for what the network cannot
  /// take, with `what` naming the images.
  virtual Extracted extract(const at::Tensor& images, const std::string& what, bool with_logits) = 0;

 protected:
  /// The first digits of `sum` are enough to tell contents apart. A mode of resizing other than its `usual`
  /// one is part of the name.
  Extractor(std::string kind, const std::string& sum, data::ResizeMode mode = {}, data::ResizeMode usual = {})
      : name_(std::move(kind) + (sum.empty() ? "" : " " + sum.substr(0, 12)) +
              (mode == usual ? "" : " " + std::string(data::name_of(mode)))),
        mode_(mode) {}

 private:
  std::string name_;
  data::ResizeMode mode_;
};

/// How a TorchScript module wants its images.
///   plain          float32 [N, C, H, W] in [0, 1] as they are; returns features [N, d] or (features, logits)
///   inception      uint8 [N, 3, H, W], resized to 299×299 inside; forward(x, return_features=True) are the
///                  features, forward(x, no_output_bias=True) the probabilities whose logarithms are the
///                  logits (inception-2015-12-05.pt)
///   inception-299  the same, resized to 299×299 before it
///   dinov2         float32 [N, 3, 224, 224] by the mode `clean`, less ImageNet's mean over its standard
///                  deviation, as FD-DINOv2 is defined (Stein et al. 2023); returns as plain
///   clip           float32 [N, 3, 336, 336] by the mode `clean`, less CLIP's mean over its standard
///   deviation,
///                  as CMMD is defined (Jayasumana et al. 2024); returns as plain, features of any length,
///                  which are divided by it
const std::vector<std::string>& convention_names();

/// Which extractor, as people write it:
///   ""         runs/classifier, when it is there
///   RUN        a classifier's penultimate layer and its logits (an autoencoder's codes), of the last
///              checkpoint
///   FILE.pt    a TorchScript module, by `convention` ("": plain)
///   inception  the file that `pushforward datasets fetch inception` gets, by `convention` ("": inception)
///   pixels     the pixels themselves, 0 … 1
/// Images are resized by `mode`, unless the convention has its own. Throws UsageError for something else, for
/// a run without features, and for a mode where nothing is resized.
std::unique_ptr<Extractor> open_extractor(const std::string& features, const std::string& convention = "",
                                          data::ResizeMode mode = data::ResizeMode::pillow_bilinear);

}  // namespace pushforward::evaluation
