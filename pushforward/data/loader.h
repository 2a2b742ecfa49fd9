// Images and points as tensors, whole or in batches.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "pushforward/data/images.h"
#include "pushforward/data/points.h"

namespace pushforward::data {

/// uint8 [N, C, H, W]. Moving the images in costs no copy.
at::Tensor to_tensor(Images images);
/// int64 [N] in 0 … 255; undefined where the images have none.
at::Tensor labels_of(const Images& images);
/// float32 [N, D], without a copy.
at::Tensor to_tensor(Points points);

/// Makes rows `indices` of a set on the CPU float32, on `device`. Of uint8 images [N, C, H, W], v/255 in [0,
/// 1]: [B, C·H·W], or when not flattened [B, C, H, W] with channels-last strides. Of float32 points [N, D],
/// the values as they are: [B, D]. Throws Error for another type or shape and for an index out of range.
at::Tensor gather(const at::Tensor& set, std::span<const std::int64_t> indices, bool flatten = true,
                  at::Device device = at::kCPU);

/// 0 … n−1 in random order (stream "split"), cut after round(fraction·n): the training and the held-out part.
/// Throws Error unless 0 ≤ fraction ≤ 1.
std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> split(std::int64_t n, double fraction,
                                                                      std::uint64_t seed);

struct LoaderOptions {
  std::int64_t batch = 128;
  bool shuffle = true;     ///< Otherwise in the order of the index list.
  bool drop_last = false;  ///< Leave out the last batch of an epoch when it is short.
  bool flatten = true;     ///< Images as [B, C·H·W] instead of [B, C, H, W].
  std::uint64_t seed = 0;
  at::Device device = at::kCPU;  ///< Where batches and their labels go; the set stays on the CPU.
};

/// Endless batches over a subset of images or points. Epoch e visits the index list in the order of
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
  struct Part {
    at::Tensor images;                      ///< float32, as `gather` makes them; of points, [B, D].
    at::Tensor labels;                      ///< int64 [B], of a labelled set.
    std::span<const std::int64_t> indices;  ///< Rows of the set; valid until the next call.
    Position position;                      ///< This batch's.
  };

  /// Over `indices` of a set, uint8 [N, C, H, W] or float32 [N, D], and its labels int64 [N] where it has
  /// them. Throws Error for another type or shape, an index out of range, a batch below 1, and when an epoch
  /// would have no batch.
  Loader(at::Tensor set, std::vector<std::int64_t> indices, LoaderOptions options, at::Tensor labels = {});
  /// Over all of it.
  explicit Loader(at::Tensor set, LoaderOptions options = {}, at::Tensor labels = {});

  /// The batch at `position()`, which then moves on, into the next epoch after the last one.
  Part next();

  /// Batches per epoch.
  std::int64_t batches() const { return batches_; }
  std::int64_t examples() const { return static_cast<std::int64_t>(indices_.size()); }

  Position position() const { return position_; }
  /// Throws Error when the epoch is negative or has no such batch.
  void seek(Position position);

 private:
  void order_epoch();

  at::Tensor set_, labels_;
  std::vector<std::int64_t> indices_;
  std::vector<std::int64_t> order_;  ///< `indices_` as epoch `ordered_epoch_` visits them.
  std::int64_t ordered_epoch_ = -1;
  LoaderOptions options_;
  std::int64_t batches_ = 0;
  Position position_;
};

}  // namespace pushforward::data
