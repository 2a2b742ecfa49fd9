#include "pushforward/data/image_stream.h"

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/data/folder.h"
#include "pushforward/data/load.h"
#include "pushforward/data/npy_images.h"
#include "pushforward/data/npz_images.h"
#include "pushforward/data/resize.h"

namespace pushforward::data {
namespace {

/// Numbers for those who have no names; resizes what has one shape.
class Counted : public ImageStream {
 public:
  explicit Counted(const Reading& reading) : reading_(reading) {}

  Part next(std::int64_t most) override {
    Part part{.images = take(most), .names = {}};
    if (reading_.resizes()) part.images = resize(part.images, reading_.height, reading_.width, reading_.mode);
    for (std::int64_t i = 0; i < part.images.count; ++i) part.names.push_back(std::to_string(count_++));
    return part;
  }

 private:
  virtual Images take(std::int64_t most) = 0;
  Reading reading_;
  std::int64_t count_ = 0;
};

class NpyStream : public Counted {
 public:
  NpyStream(Input input, const Reading& reading) : Counted(reading), reader_(std::move(input)) {}

 private:
  Images take(std::int64_t most) override { return reader_.next(most); }
  NpyImageReader reader_;
};

class WholeSet : public Counted {
 public:
  WholeSet(Images images, const Reading& reading) : Counted(reading), all_(std::move(images)) {}

 private:
  Images take(std::int64_t most) override {
    Images part{.name = all_.name,
                .source = all_.source,
                .count = std::min(most, all_.count - taken_),
                .channels = all_.channels,
                .height = all_.height,
                .width = all_.width,
                .pixels = {},
                .labels = {},
                .classes = {},
                .left_out = {}};
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
  explicit FolderStream(const Spec& spec)
      : name_(spec.base()), reader_(spec.base(), spec.reading(), folder_preparation(spec)) {}

  Part next(std::int64_t most) override {
    Part part;
    part.images = reader_.next(most, part.names);
    if (part.images.count == 0 && !said_) {
      say_left_out(name_, reader_.left_out());
      said_ = true;
    }
    return part;
  }

  std::vector<LeftOut> left_out() const override { return reader_.left_out(); }

 private:
  std::string name_;
  FolderReader reader_;
  bool said_ = false;
};

}  // namespace

std::unique_ptr<ImageStream> open_images(const Spec& spec) {
  if (spec.kind() == SpecKind::standard_input)
    return std::make_unique<NpyStream>(Input::standard_input("npy"), spec.reading());
  const bool unchanged = spec.perturbations().empty();
  if (unchanged && spec.split().empty() && spec.kind() == SpecKind::npy_file)
    return std::make_unique<NpyStream>(Input(spec.base(), "npy"), spec.reading());
  if (unchanged && spec.kind() == SpecKind::npz_file) {
    const Npz file(spec.base());
    return std::make_unique<NpyStream>(file.open(images_array(file, spec.split())), spec.reading());
  }
  if (spec.split().empty() && spec.kind() == SpecKind::image_folder)
    return std::make_unique<FolderStream>(spec);
  auto as_stored = spec.reading();
  as_stored.height = as_stored.width = 0;
  return std::make_unique<WholeSet>(load_images(spec.with(as_stored)), spec.reading());
}

}  // namespace pushforward::data
