#include "pushforward/data/image_stream.h"

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/data/folder.h"
#include "pushforward/data/load.h"
#include "pushforward/data/npy_images.h"

namespace pushforward::data {
namespace {

/// Numbers for those who have no names.
class Counted : public ImageStream {
 public:
  Part next(std::int64_t most) override {
    Part part{.images = take(most), .names = {}};
    for (std::int64_t i = 0; i < part.images.count; ++i) part.names.push_back(std::to_string(count_++));
    return part;
  }

 private:
  virtual Images take(std::int64_t most) = 0;
  std::int64_t count_ = 0;
};

class NpyStream : public Counted {
 public:
  explicit NpyStream(Input input) : reader_(std::move(input)) {}

 private:
  Images take(std::int64_t most) override { return reader_.next(most); }
  NpyImageReader reader_;
};

class WholeSet : public Counted {
 public:
  explicit WholeSet(Images images) : all_(std::move(images)) {}

 private:
  Images take(std::int64_t most) override {
    Images part{.name = all_.name,
                .source = all_.source,
                .count = std::min(most, all_.count - taken_),
                .channels = all_.channels,
                .height = all_.height,
                .width = all_.width,
                .pixels = {},
                .labels = {}};
    const auto* begin = all_.image(taken_);
    part.pixels.assign(begin, begin + part.count * all_.dims());
    taken_ += part.count;
    return part;
  }

  Images all_;
  std::int64_t taken_ = 0;
};

class FolderStream : public ImageStream {
 public:
  explicit FolderStream(const std::filesystem::path& folder) : files_(image_files(folder)) {}

  Part next(std::int64_t most) override {
    Part part;
    for (; next_ < files_.size() && part.images.count < most; ++next_) {
      add_image(part.images, read_image_file(files_[next_]));
      part.names.push_back(files_[next_].filename().string());
    }
    return part;
  }

 private:
  std::vector<std::filesystem::path> files_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<ImageStream> open_images(const Spec& spec) {
  if (spec.kind() == SpecKind::standard_input)
    return std::make_unique<NpyStream>(Input::standard_input("npy"));
  const bool as_it_is = spec.split().empty() && spec.perturbations().empty();
  if (as_it_is && spec.kind() == SpecKind::npy_file)
    return std::make_unique<NpyStream>(Input(spec.base(), "npy"));
  if (as_it_is && spec.kind() == SpecKind::image_folder) return std::make_unique<FolderStream>(spec.base());
  return std::make_unique<WholeSet>(load_images(spec));
}

}  // namespace pushforward::data
