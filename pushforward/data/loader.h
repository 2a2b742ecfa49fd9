// Images as tensors, whole or in batches.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "pushforward/data/images.h"

namespace pushforward::data {

/// uint8 [N, C, H, W]. Moving the images in costs no copy.
at::Tensor to_tensor(Images images);

/// Rows `indices` of uint8 images [N, C, H, W] as float32 v/255 in [0, 1]: [B, C·H·W], or [B, C, H, W] when
/// not flattened. Throws Error for an index out of range.
at::Tensor gather(const at::Tensor& images, std::span<const std::int64_t> indices, bool flatten = true);

/// 0 … n−1 in random order (stream "split"), cut after round(fraction·n): the training and the held-out part.
/// Throws Error unless 0 ≤ fraction ≤ 1.
std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> split(std::int64_t n, double fraction,
                                                                      std::uint64_t seed);

struct LoaderOptions {
  std::int64_t batch = 128;
  bool shuffle = true;     ///< Otherwise in the order of the index list.
  bool drop_last = false;  ///< Leave out the last batch of an epoch when it is short.
  bool flatten = true;     ///< [B, C·H·W] instead of [B, C, H, W].
  std::uint64_t seed = 0;
};

/// Endless batches over a subset of the images. Epoch e visits the index list in the order of
/// permutation(stream(seed, "shuffle", e)): the position is the whole state, so a resumed run continues
/// exactly. A batch of 128×784 takes some 60 µs to make, so there is no thread to prefetch it.
///
///   Loader loader(to_tensor(std::move(images)), indices, {.batch = 128, .seed = seed});
///   loader.seek(checkpoint.position);
///   for (std::int64_t step = 0; step < loader.batches(); ++step) train(loader.next().images);
class Loader {
 public:
  struct Position {
    std::int64_t epoch = 0;
    std::int64_t batch = 0;
    bool operator==(const Position&) const = default;
  };
  struct Batch {
    at::Tensor images;                      ///< float32 [B, C·H·W] or [B, C, H, W] in [0, 1].
    std::span<const std::int64_t> indices;  ///< Rows of the image set; valid until the next call.
    Position position;                      ///< This batch's.
  };

  /// Over `indices` of `images`, uint8 [N, C, H, W]. Throws Error for another type or shape, an index out of
  /// range, a batch below 1, and when an epoch would have no batch.
  Loader(at::Tensor images, std::vector<std::int64_t> indices, LoaderOptions options);
  /// Over all images.
  explicit Loader(at::Tensor images, LoaderOptions options = {});

  /// The batch at `position()`, which then moves on, into the next epoch after the last one.
  Batch next();

  /// Batches per epoch.
  std::int64_t batches() const { return batches_; }
  std::int64_t examples() const { return static_cast<std::int64_t>(indices_.size()); }

  Position position() const { return position_; }
  /// Throws Error when the epoch is negative or has no such batch.
  void seek(Position position);

 private:
  void order_epoch();

  at::Tensor images_;
  std::vector<std::int64_t> indices_;
  std::vector<std::int64_t> order_;  ///< `indices_` as epoch `ordered_epoch_` visits them.
  std::int64_t ordered_epoch_ = -1;
  LoaderOptions options_;
  std::int64_t batches_ = 0;
  Position position_;
};

}  // namespace pushforward::data
