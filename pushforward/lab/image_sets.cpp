#include "pushforward/lab/image_sets.h"

#include <cmath>
#include <numbers>

#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/loader.h"
#include "pushforward/data/registry.h"
#include "pushforward/flows/models.h"
#include "pushforward/metrics/roc.h"
#include "pushforward/models/examples.h"

namespace pushforward::lab {

ImageSets image_sets(std::int64_t n) {
  const std::string own = "fashion-mnist";
  const auto train = models::load_examples(own + ":train");
  const auto test = models::first(models::load_examples(own + ":test"), n);
  ImageSets sets{.train = train.values,
                 .labels = train.labels,
                 .test = test.values,
                 .test_labels = test.labels,
                 .foreign = {}};
  for (const std::string change : {"flip", "rotate", "invert", "noise", "mutate"})
    sets.foreign.push_back(
        {own + "+" + change, models::first(models::load_examples(own + ":test+" + change), n).values});
  for (const std::string name :
       {"mnist", "kmnist", "kmnist-sample", "kannada-mnist", "notmnist", "omniglot"}) {
    if (!data::locate(name, "test")) continue;
    const auto found = models::first(models::load_examples(name + ":test"), n);
    if (found.shape == test.shape) sets.foreign.push_back({name, found.values});
  }
  return sets;
}

void learn_images(const std::string& what, const at::Tensor& images, std::int64_t steps, double learning_rate,
                  std::uint64_t seed, const Learn& learn) {
  data::Loader batches(images, {.batch = 128, .drop_last = true, .seed = seed});
  Progress progress(what, steps);
  for (std::int64_t step = 0; step < steps; ++step) {
    stop_if_interrupted("training on images");
    const double done = static_cast<double>(step) / static_cast<double>(steps);
    learn(batches.next().images, step, learning_rate * (1 + std::cos(std::numbers::pi * done)) / 2);
    progress.advance();
  }
}

std::shared_ptr<flows::Flow> small_image_flow(bool quick, std::uint64_t seed) {
  return flows::real_nvp({.dims = 784,
                          .hidden = hidden_of_image_flow(quick),
                          .couplings = image_couplings,
                          .dequantize = true,
                          .logit_alpha = 0.05,
                          .seed = seed});
}

Aurocs aurocs(const std::string& title, const std::string& of, const at::Tensor& in,
              const std::vector<ImageSet>& foreign, const std::vector<NamedScore>& scores) {
  Aurocs found{.table = {.title = title, .columns = {{.name = of, .align = report::Align::kLeft}}},
               .values = {}};
  for (const auto& set : foreign) found.table.rows.push_back({set.name});
  for (const auto& [name, score] : scores) {
    found.table.columns.push_back({name});
    const auto inside = score(in);
    auto& values = found.values.emplace_back();
    for (std::size_t i = 0; i < foreign.size(); ++i) {
      values.push_back(metrics::roc(inside, score(foreign[i].images)).auroc);
      found.table.rows[i].push_back(
          report::Cell::interval(values.back().value, values.back().half_width95(), 3));
    }
  }
  return found;
}

}  // namespace pushforward::lab
