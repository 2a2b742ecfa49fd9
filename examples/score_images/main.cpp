// Teaches a small flow what clothes look like, then asks it about other images.
//
//   score_images                                    FashionMNIST inverted and turned
//   score_images mnist:test photos/ samples.npy     any sets of 28×28 gray images
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "pushforward/pushforward.h"

namespace pf = pushforward;

namespace {

void score(const std::vector<std::string>& foreign) {
  auto data = pf::data::load("fashion-mnist");
  auto flow = pf::flows::real_nvp({.dims = data.train->dims(), .hidden = 64, .couplings = 4});
  pf::runs::maximum_likelihood(flow, *data.train, {.epochs = 1, .batch = 128, .learning_rate = 1e-3});

  auto log_prob = [&](const at::Tensor& images) { return pf::models::log_prob(*flow, images); };
  auto detector = pf::ood::make_detector("likelihood", {.log_prob = log_prob});
  detector->fit(pf::data::to_tensor(*data.train));
  auto inside = detector->score(pf::data::to_tensor(*data.test));  // −log p(x), nats, one per image
  auto verdict = pf::ood::Calibration(inside, /*false_positive_rate=*/0.01);

  fmt::print("{:<28} {:>14} {:>16} {:>8}\n", "", "log p(x), nats", "AUROC", "flagged");
  fmt::print("{:<28} {:>14.1f}\n", data.test->name, -pf::metrics::mean_of(inside));
  for (const auto& name : foreign) {
    auto outside = detector->score(pf::data::to_tensor(pf::data::load_images(name)));
    auto roc = pf::metrics::roc(inside, outside);
    auto flagged = std::ranges::count_if(outside, [&](double score) { return verdict.is_out(score); });
    fmt::print("{:<28} {:>14.1f} {:>8.3f} ± {:.3f} {:>8.3f}\n", name, -pf::metrics::mean_of(outside),
               roc.auroc.value, roc.auroc.half_width95(),
               static_cast<double>(flagged) / static_cast<double>(outside.size()));
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> foreign(argv + 1, argv + argc);
  if (foreign.empty()) foreign = {"fashion-mnist:test+invert", "fashion-mnist:test+rotate"};
  try {
    score(foreign);
    return 0;
  } catch (const pf::Error& error) {
    fmt::print(stderr, "score_images: {}\n", error.what());
    return 1;
  }
}
