#include "pushforward/models/round_trip.h"

#include <algorithm>

#include "pushforward/core/progress.h"
#include "pushforward/data/loader.h"
#include "pushforward/nn/class_condition.h"

namespace pushforward::models {
namespace {

double largest_error(const Density& density, const at::Tensor& images, at::ScalarType type) {
  at::NoGradGuard no_grad;
  auto& flow = *density.flow;
  data::Loader loader(images, data::LoaderOptions{.batch = 512, .shuffle = false});
  Progress progress(type == at::kDouble ? "round trip, float64" : "round trip, float32", images.size(0),
                    "images");
  double largest = 0;
  for (std::int64_t i = 0; i < loader.batches(); ++i) {
    const auto x = density.input(loader.next().images).to(type);
    const auto labels = nn::labels_in_turn(x.size(0), std::max<std::int64_t>(1, density.classes()));
    const nn::Context context{.condition = nn::condition_of(flow, labels, x.options()),
                              .tolerance = density.tolerance,
                              .wants_log_det = false};
    const auto back = flow.decode(flow.encode(x, context).value, context).value;
    const auto error = (back - x).abs().max().item<double>();
    largest = error <= largest ? largest : error;  // A NaN stays.
    progress.advance(x.size(0));
  }
  return largest;
}

}  // namespace

RoundTrip round_trip(const Density& density, const at::Tensor& images) {
  RoundTrip result{.float32 = largest_error(density, images, at::kFloat)};
  density.flow->to(at::kDouble);
  result.float64 = largest_error(density, images, at::kDouble);
  density.flow->to(at::kFloat);
  return result;
}

}  // namespace pushforward::models
