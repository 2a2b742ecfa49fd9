// Images a few at a time, so that a set need not fit into memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pushforward/data/images.h"
#include "pushforward/data/spec.h"

namespace pushforward::data {

class ImageStream {
 public:
  struct Part {
    Images images;
    std::vector<std::string> names;  ///< of a folder's files; else numbers, "0" first
  };

  virtual ~ImageStream() = default;

  /// The next images in their order, at most `most`; none at the end. Throws Error for what cannot be read,
  /// and for images of different shapes.
  virtual Part next(std::int64_t most) = 0;

  /// Images in all; files of a folder that turn out to be none count.
  virtual std::int64_t total() const = 0;
  /// Labels of the images so far, and what they stand for; none where there are none.
  virtual Labels labels() const { return {}; }
  /// The files of a folder that were left out so far.
  virtual std::vector<LeftOut> left_out() const { return {}; }
};

/// The images of
///   -        a .npy on standard input, read as it comes
///   FOLDER   pictures, one by one; at the end one line says what was left out
///   FILE     a .npy or an array of a .npz, part by part
///   DATA     whatever else load_images reads, all of it at once
/// read as the Spec says. Throws as load_images.
std::unique_ptr<ImageStream> open_images(const Spec& spec);

}  // namespace pushforward::data
