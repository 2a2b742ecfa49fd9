#include "pushforward/runs/fid_monitor.h"

#include "pushforward/core/error.h"
#include "pushforward/models/image_size.h"
#include "pushforward/report/table.h"

namespace pushforward::runs {

FidMonitor::FidMonitor(const models::Examples& real, const models::Shape& shape, const std::string& features)
    : name_(real.name), shape_(shape) {
  if (shape_.points()) throw usage("train.fid_every is for images, the data are points: set it to 0");
  extractor_ = evaluation::open_extractor(features);
  real_ = metrics::GaussianStatistics::of(extractor_->extract(real.values, real.name, false).features);
  real_->covariance();  // two images at least
}

nn::Scalars FidMonitor::measure(nn::Trainable& model, at::Generator generator) const {
  constexpr std::int64_t part = 2'000;  // of the samples at once, as floats
  std::vector<at::Tensor> images;
  for (std::int64_t done = 0; done < samples; done += part) {
    const auto drawn = model.sample(part, generator);
    if (!drawn.defined()) return {};
    images.push_back(models::to_pixels(drawn, shape_.channels, shape_.height, shape_.width));
  }
  const auto features = extractor_->extract(at::cat(images), "the samples", false).features;
  return {{"fid", metrics::frechet_distance(*real_, metrics::GaussianStatistics::of(features))}};
}

std::string FidMonitor::text() const {
  const auto count = [](std::int64_t n) { return report::Cell(n).text; };
  return fmt::format("FID of {} samples against {} of {}, features: {}", count(samples),
                     count(real_->count()), name_, extractor_->name());
}

}  // namespace pushforward::runs
