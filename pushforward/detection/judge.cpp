#include "pushforward/detection/judge.h"

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/data/image_stream.h"
#include "pushforward/data/loader.h"

namespace pushforward::detection {

Detected detect(const CalibratedDetector& detector, const data::Spec& spec,
                const std::function<void(const Verdict&)>& each) {
  constexpr std::int64_t most = 1024;
  auto reading = spec.reading();
  if (detector.resize() > 0) {
    reading.height = reading.width = detector.resize();
    reading.mode = detector.resize_mode();
  }
  const auto stream = data::open_images(spec.with(reading));
  const auto& calibration = detector.calibration();
  Detected seen;
  for (auto part = stream->next(most); part.images.count > 0; part = stream->next(most)) {
    if (interrupted()) throw Interrupted(fmt::format("interrupted after {} images", seen.images));
    auto& images = part.images;
    const models::Shape shape{.channels = images.channels, .height = images.height, .width = images.width};
    if (shape != detector.shape())
      throw fail("{}: expected images of {} for this detector, found {} from image {} on", spec.text(),
                 detector.shape().text(), shape.text(), part.names.front());
    const auto scores = detector.score(data::to_tensor(std::move(images)));
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const Verdict verdict{.image = part.names[i],
                            .score = scores[i],
                            .p_value = calibration.p_value(scores[i]),
                            .foreign = calibration.is_out(scores[i])};
      seen.foreign += verdict.foreign ? 1 : 0;
      each(verdict);
    }
    seen.images += std::ssize(scores);
  }
  return seen;
}

}  // namespace pushforward::detection
