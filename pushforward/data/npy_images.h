// Images from a .npy, a few at a time.
#pragma once

#include "pushforward/data/images.h"
#include "pushforward/data/input.h"
#include "pushforward/data/npy.h"

namespace pushforward::data {

/// Reads what read_npy_images reads, without having all of it in memory.
class NpyImageReader {
 public:
  /// Throws Error as read_npy_images does for the header.
  explicit NpyImageReader(Input input);

  /// The next images, at most `most`; none at the end. Throws Error as read_npy_images does for the elements.
  Images next(std::int64_t most);

  /// All that are left, with little more memory than they take themselves. Throws as next.
  Images rest();

  std::int64_t left() const { return header_.shape[0] - read_; }

 private:
  Input input_;
  NpyHeader header_;
  Images shape_;                       // without pixels
  std::vector<std::uint8_t> ordered_;  // in Fortran order no image is whole before the end: all of it
  bool interleaved_ = false;
  std::int64_t read_ = 0;
};

}  // namespace pushforward::data
