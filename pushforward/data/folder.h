// A folder of pictures as one set of images.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pushforward/data/images.h"
#include "pushforward/data/reading.h"

namespace pushforward::data {

/// One image [1, C, H, W] from a PNG, JPEG or WebP file, told apart by their first bytes. Gray stays gray,
/// palettes and CMYK become RGB, 16 bits become 8, opaque alpha is dropped. Throws Error for a file that is
/// none of these, is damaged or cut short, has transparent pixels that `reading` knows no background for, or
/// more than 2^26 values. Does not resize.
Images read_image_file(const std::filesystem::path& path, const Reading& reading = {});

/// Whether a file that starts so is read by read_image_file: 12 bytes are enough.
bool is_picture(std::string_view start);

/// Makes images ready for their set: what a whole set would be put through afterwards. `first` is the number
/// of the first. Is called by several threads at once.
using Prepare = std::function<void(Images& images, std::int64_t first)>;

/// The pictures of a folder and of the folders in it, in the order of their paths, one by one. Hidden files
/// and folders are left out, and unless `reading` is strict files that are no pictures or are damaged.
class FolderReader {
 public:
  /// Throws Error when the folder cannot be listed or holds no file.
  explicit FolderReader(std::filesystem::path folder, Reading reading = {}, Prepare prepare = {});

  /// The next images, at most `most`, and their paths within the folder; none at the end. They are decoded
  /// and prepared by several threads, and are what one would make. Throws Error for images of different
  /// shapes, for the first file that is no picture where reading is strict, and where there is no picture at
  /// all.
  Images next(std::int64_t most, std::vector<std::string>& names);

  std::int64_t files() const { return std::ssize(files_); }
  /// So far.
  const std::vector<LeftOut>& left_out() const { return left_out_; }

 private:
  /// What became of a file.
  struct Outcome {
    Images image;
    std::int64_t number = 0;   ///< Among the images; -1 where it is none.
    std::string left_out;      ///< Why it is no image.
    std::exception_ptr error;  ///< What ends the reading.
  };

  void list(const std::filesystem::path& folder, std::vector<std::filesystem::path> around);
  std::string name_of(const std::filesystem::path& path) const;
  void leave_out(const std::filesystem::path& path, const std::string& why);
  std::vector<Outcome> read_some(std::int64_t most) const;
  void take(Images image, Images& images, std::int64_t expected) const;

  std::filesystem::path folder_;
  Reading reading_;
  Prepare prepare_;
  std::vector<std::filesystem::path> files_;
  std::size_t next_ = 0;
  std::int64_t count_ = 0;  ///< Images read.
  std::vector<LeftOut> left_out_;
};

/// The classes of images by their paths within `folder`: where every one lies in one of two or more folders,
/// these are classes, and labels the numbers of their names in order. More classes than a label can tell
/// apart (256) are said and left without.
Labels labels_by_folder(const std::string& folder, const std::vector<std::string>& paths);

/// All of them, with their classes. What was left out is in the images, and said in one line.
Images read_image_folder(const std::filesystem::path& folder, const Reading& reading = {},
                         const Prepare& prepare = {});

/// "real: left out 3 files that are no images: Thumbs.db, labels.txt, 0042.png; and 1 hidden file"; says
/// nothing of none.
void say_left_out(const std::string& folder, const std::vector<LeftOut>& left_out);

}  // namespace pushforward::data
