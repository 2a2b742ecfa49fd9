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

/// Numbers for those who have no names.
class Counted : public ImageStream {
 public:
  Counted(Prepare prepare, Labels labels) : prepare_(std::move(prepare)), labels_(std::move(labels)) {}

  Part next(std::int64_t most) override {
    Part part{.images = take(most), .names = {}};
    if (prepare_ && part.images.count > 0) prepare_(part.images, count_);
    for (std::int64_t i = 0; i < part.images.count; ++i) part.names.push_back(std::to_string(count_++));
    return part;
  }

  Labels labels() const override {
    const auto known = labels_.numbers.empty() ? 0 : count_;
    return {.numbers = {labels_.numbers.begin(), labels_.numbers.begin() + known},
            .classes = labels_.classes};
  }

 protected:
  std::int64_t count() const { return count_; }  ///< Of the images so far.

 private:
  virtual Images take(std::int64_t most) = 0;
  Prepare prepare_;
  Labels labels_;  ///< Of the whole set.
  std::int64_t count_ = 0;
};

class NpyStream : public Counted {
 public:
  NpyStream(NpyImageReader reader, Prepare prepare, Labels labels = {}, std::string array = {})
      : Counted(std::move(prepare), std::move(labels)),
        reader_(std::move(reader)),
        array_(std::move(array)) {}

  std::int64_t total() const override { return count() + reader_.left(); }

 private:
  Images take(std::int64_t most) override {
    auto images = reader_.next(most);
    if (!array_.empty()) images.name += ":" + array_;
    return images;
  }
  NpyImageReader reader_;
  std::string array_;  ///< Of a .npz, where its name was asked for.
};

class WholeSet : public Counted {
 public:
  WholeSet(Images images, Prepare prepare)
      : Counted(std::move(prepare), {images.labels, images.classes}), all_(std::move(images)) {}

  std::int64_t total() const override { return all_.count; }
  std::vector<LeftOut> left_out() const override { return all_.left_out; }

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
      : name_(spec.text()), reader_(spec.base(), spec.reading(), preparation(spec)) {}

  Part next(std::int64_t most) override {
    Part part;
    part.images = reader_.next(most, part.names);
    part.images.name = name_;
    names_.insert(names_.end(), part.names.begin(), part.names.end());
    if (part.images.count == 0 && !said_) {
      say_left_out(name_, reader_.left_out());
      said_ = true;
    }
    return part;
  }

  std::int64_t total() const override { return reader_.files(); }
  Labels labels() const override { return labels_by_folder(name_, names_); }
  std::vector<LeftOut> left_out() const override { return reader_.left_out(); }

 private:
  std::string name_;
  FolderReader reader_;
  std::vector<std::string> names_;
  bool said_ = false;
};

}  // namespace

std::unique_ptr<ImageStream> open_images(const Spec& spec) {
  if (spec.kind() == SpecKind::standard_input)
    return std::make_unique<NpyStream>(NpyImageReader(Input::standard_input("npy")), preparation(spec));
  if (spec.split().empty() && spec.kind() == SpecKind::npy_file)
    return std::make_unique<NpyStream>(NpyImageReader(Input(spec.base(), "npy")), preparation(spec));
  if (spec.kind() == SpecKind::npz_file) {
    const Npz file(spec.base());
    const auto name = images_array(file, spec.split());
    NpyImageReader reader(file.open(name));
    Labels labels{.numbers = npz_labels(file, name, reader.left()), .classes = {}};
    return std::make_unique<NpyStream>(std::move(reader), preparation(spec), std::move(labels), spec.split());
  }
  if (spec.split().empty() && spec.kind() == SpecKind::image_folder)
    return std::make_unique<FolderStream>(spec);
  const auto reading = spec.reading();
  auto as_stored = reading;
  as_stored.height = as_stored.width = 0;
  Prepare resized;
  if (reading.resizes())
    resized = [reading](Images& images, std::int64_t) {
      images = resize(images, reading.height, reading.width, reading.mode);
    };
  return std::make_unique<WholeSet>(load_images(spec.with(as_stored)), resized);
}

}  // namespace pushforward::data
