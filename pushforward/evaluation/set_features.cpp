#include "pushforward/evaluation/set_features.h"

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/image_stream.h"
#include "pushforward/data/loader.h"
#include "pushforward/evaluation/feature_rows.h"
#include "pushforward/metrics/content_order.h"

namespace pushforward::evaluation {
namespace {

constexpr std::int64_t least_part = 64, most_part = 8192, part_bytes = std::int64_t{1} << 26;

/// Images of a part: as many of so many values each as memory bears, and no more than a cache keeps well.
std::int64_t images_of_part(std::int64_t values) {
  return std::clamp(part_bytes / std::max<std::int64_t>(1, values), least_part, most_part);
}

/// Shows nothing of what is a part of something longer; says nothing either where all of it is to come again.
class Quiet : public Host {
 public:
  explicit Quiet(bool says) : says_(says) {}
  void say(const std::string& line) override {
    if (says_) outer_.say(line);
  }
  void show(const Stage&) override {}
  void ended() override {}
  bool wants_stop() const override { return outer_.wants_stop(); }

 private:
  Host& outer_ = host();
  bool says_;
};

/// Gathers what is extracted of the parts.
struct Gathered {
  FeatureRows features, logits;

  void add(const Extracted& part) {
    features.add(part.features);
    if (part.logits.defined()) logits.add(part.logits);
  }
  Extracted all() { return {features.all(), logits.all()}; }
};

/// Reads DATA part by part. The first part is small: nobody knows yet how large an image is.
class Parts {
 public:
  explicit Parts(const data::Spec& data) : stream(data::open_images(data)), text_(data.text()) {}

  /// uint8 [n, C, H, W]; undefined at the end.
  at::Tensor next() {
    auto part = stream->next(most_).images;
    if (part.count == 0) return {};
    const auto shape = part.shape().substr(part.shape().find(' '));
    if (shape_.empty()) shape_ = shape;
    if (shape != shape_)
      throw fail(
          "{}: expected{} like the first of them, found{} from number {} on; --resize makes them equal",
          text_, shape_, shape, read_);
    read_ += part.count;
    most_ = images_of_part(part.dims());
    name = part.name;
    return data::to_tensor(std::move(part));
  }

  std::unique_ptr<data::ImageStream> stream;
  std::string name;

 private:
  std::string text_, shape_;
  std::int64_t most_ = least_part, read_ = 0;
};

/// Whether image i is one of the n that are taken: bool [N].
at::Tensor chosen(const data::Spec& data, std::int64_t n, std::uint64_t seed) {
  if (data.kind() == data::SpecKind::standard_input)
    throw usage("-n {}: a random choice takes two readings, and standard input has one: save it as a file",
                n);
  metrics::ContentOrder content(seed, "choose");
  Parts parts(data);
  Progress progress("choosing", parts.stream->total(), "images");
  Quiet mute(/*says=*/false);
  const auto next = [&] {
    const Hosted hosted(mute);
    return parts.next();
  };
  for (auto images = next(); images.defined(); images = next()) {
    content.add(images);
    progress.advance(images.size(0));
  }
  const auto order = content.order();
  return at::zeros(order.sizes(), at::kBool)
      .index_fill_(0, order.narrow(0, 0, std::min(n, order.size(0))), true);
}

}  // namespace

Extracted FeatureExtraction::part(const at::Tensor& images, const std::string& name) {
  if (cache_ == nullptr || !extractor_.worth_keeping()) return extractor_.extract(images, name, with_logits_);
  const auto key = FeatureCache::key(extractor_.name(), images);
  if (auto known = cache_->find(key, with_logits_)) return *std::move(known);
  try {
    auto extracted = extractor_.extract(images, name, with_logits_);
    cache_->keep(key, extracted);
    return extracted;
  } catch (const Interrupted&) {
    throw Interrupted("interrupted while extracting features: those of finished parts are kept");
  }
}

Extracted FeatureExtraction::of(const at::Tensor& images, const std::string& name) {
  Gathered gathered;
  for (const auto& some : images.split(images_of_part(images[0].numel()))) gathered.add(part(some, name));
  return gathered.all();
}

SetFeatures FeatureExtraction::of(const data::Spec& data, std::int64_t n, std::uint64_t seed) {
  const auto taken = n > 0 ? chosen(data, n, seed) : at::Tensor();
  Gathered gathered;
  std::int64_t read = 0;
  Parts parts(data);
  Progress progress("features", parts.stream->total(), "images");
  Quiet quiet(/*says=*/true);
  for (auto images = parts.next(); images.defined(); images = parts.next()) {
    stop_if_interrupted("extracting features");
    const auto count = images.size(0);
    if (taken.defined()) images = images.index({taken.narrow(0, read, count)});
    read += count;
    if (images.size(0) > 0) {
      const Hosted hosted(quiet);
      gathered.add(part(images, parts.name));
    }
    progress.advance(count);
  }
  auto labels = parts.stream->labels();
  SetFeatures set{.name = parts.name,
                  .extracted = gathered.all(),
                  .classes = std::move(labels.classes),
                  .left_out = parts.stream->left_out()};
  if (!labels.numbers.empty()) {
    set.labels = at::tensor(at::ArrayRef<std::uint8_t>(labels.numbers), at::kByte).to(at::kLong);
    if (taken.defined()) set.labels = set.labels.index({taken});
  }
  return set;
}

}  // namespace pushforward::evaluation
