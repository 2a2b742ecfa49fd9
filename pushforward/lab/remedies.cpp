#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/data/loader.h"
#include "pushforward/data/registry.h"
#include "pushforward/flows/coupling.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/lab/image_sets.h"
#include "pushforward/lab/table.h"
#include "pushforward/metrics/likelihood.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/models/examples.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/descent.h"
#include "pushforward/nn/mlp.h"
#include "pushforward/nn/random.h"
#include "pushforward/nn/snapshot.h"
#include "pushforward/ood/state.h"

namespace pushforward::lab {
namespace {

using Relation = Check::Relation;

/// The affine coupling of small_image_flow, whose hidden units are dropped in training at a rate (Srivastava
/// et al. 2014).
class DroppedCoupling : public flows::Bijector {
 public:
  DroppedCoupling(const std::vector<bool>& mask, std::int64_t hidden, double rate, at::Generator& init)
      : partition_(ops::Partition::from_mask(mask)), affine_(flows::transformer("affine")), rate_(rate) {
    const auto kept = static_cast<std::int64_t>(partition_.kept.size()), changed = partition_.size() - kept;
    for (const auto& parameter : affine_.parameters)
      nets_.push_back(register_module(
          parameter.name + "_net",
          std::make_shared<nn::Mlp>(
              nn::MlpOptions{.sizes = {kept, hidden, parameter.size * changed}, .fan_in = partition_.size()},
              init)));
  }

  flows::Transformed forward(const at::Tensor& x, const flows::Context& context) override {
    return transform(affine_.forward, x, context);
  }
  flows::Transformed inverse(const at::Tensor& y, const flows::Context& context) override {
    return transform(affine_.inverse, y, context);
  }
  std::string describe() const override { return fmt::format("affine coupling, dropout {}", rate_); }

 private:
  flows::Transformed transform(flows::Transformer::Map map, const at::Tensor& x,
                               const flows::Context& context) const {
    const auto [kept, changed] = ops::divide(x, partition_);
    std::vector<at::Tensor> parameters;
    for (const auto& net : nets_) {
      auto hidden = net->layers[0]->forward(kept, ops::Activation::relu);
      if (is_training() && context.generator)
        hidden = hidden * (nn::draw_uniform_like(hidden, 0, 1, *context.generator) >= rate_) / (1 - rate_);
      parameters.push_back(net->layers[1]->forward(hidden, ops::Activation::identity));
    }
    const auto [moved, log_det] = map(changed, parameters);
    return {ops::join(kept, moved, partition_), log_det};
  }

  ops::Partition partition_;
  flows::Transformer affine_;
  double rate_;
  std::vector<std::shared_ptr<nn::Mlp>> nets_;
};

std::shared_ptr<flows::Flow> dropped_image_flow(bool quick, double rate, std::uint64_t seed) {
  auto init = nn::generator(seed);
  flows::Flow::Bijectors layers;
  for (std::int64_t i = 0; i < image_couplings; ++i)
    layers.push_back(std::make_shared<DroppedCoupling>(flows::alternating_mask(784, i),
                                                       hidden_of_image_flow(quick), rate, init));
  return std::make_shared<flows::Flow>(
      flows::Event{784}, flows::pixel_preprocessing({.dequantize = true, .logit_alpha = 0.05}), layers);
}

/// How a flow is trained.
struct Remedy {
  const char* name;  // in the texts
  at::Tensor images;
  double weight_decay = 0;  // by a step at rate η a weight shrinks by the factor 1 − η·decay
  double dropout = 0;
  at::Tensor outliers = {};  // of which log p is kept a margin below that of the images
};

std::int64_t steps_of(bool quick) {
  return quick ? 200 : 2'000;
}

std::shared_ptr<flows::Flow> learn(const Setting& setting, const Remedy& remedy) {
  constexpr double margin = 500;  // nats
  const bool quick = setting.options.quick;
  const auto seed = setting.seed("flow"), noise = setting.seed("noise");
  const auto flow =
      remedy.dropout > 0 ? dropped_image_flow(quick, remedy.dropout, seed) : small_image_flow(quick, seed);
  nn::Descent descent(*flow, {.clip_norm = 200});
  std::optional<data::Loader> outliers;
  if (remedy.outliers.defined())
    outliers.emplace(remedy.outliers, data::LoaderOptions{.batch = 128, .drop_last = true, .seed = noise});
  learn_images(setting(remedy.name), remedy.images, steps_of(quick), 1e-3, setting.seed("batches"),
               [&](const at::Tensor& x, std::int64_t step, double rate) {
                 const nn::Mode mode(*flow, true);
                 const flows::Context context{
                     .generator = nn::generator(stream_key(noise, "step", static_cast<std::uint64_t>(step)))};
                 const auto log_prob = flow->log_prob(x, context);
                 auto loss = -log_prob.mean();
                 if (outliers) {
                   const auto of_outliers = flow->log_prob(outliers->next().images, context);
                   loss = loss + (margin - log_prob + of_outliers).relu().mean();
                 }
                 if (!std::isfinite(loss.item<double>()))
                   throw fail("[remedies] {}: the loss is not finite at step {}", remedy.name, step);
                 descent.minimise(loss, {.step = step, .learning_rate = rate});
                 if (remedy.weight_decay == 0) return;
                 const at::NoGradGuard no_grad;
                 for (const auto& item : flow->named_parameters())
                   if (item.value().dim() > 1) item.value().mul_(1 - rate * remedy.weight_decay);
               });
  return flow;
}

NamedScore likelihood_of(const std::string& name, const std::shared_ptr<flows::Flow>& flow) {
  return {name, [flow](const at::Tensor& x) {
            return ood::values_of(-ood::tensor_of(models::log_prob(*flow, x)));
          }};
}

/// Images of the first five classes, or of the others.
at::Tensor of_classes(const at::Tensor& images, const at::Tensor& labels, bool first) {
  return images.index({first ? labels < 5 : labels >= 5});
}

/// What exposure shows: digits that are not tested on, where they are here, else clothes upside down.
ImageSet shown_outliers(std::int64_t tested) {
  if (data::locate("mnist", "test")) {
    const auto digits = models::load_examples("mnist:test");
    if (digits.values.size(0) > tested + 1'000) return {"mnist", digits.values.slice(0, tested)};
  }
  return {"fashion-mnist+flip", models::load_examples("fashion-mnist:train+flip").values};
}

}  // namespace

Findings remedies(const Setting& setting) {
  const bool quick = setting.options.quick;
  const std::int64_t n = quick ? 1'000 : 5'000;
  const auto sets = image_sets(n);
  const auto shown = shown_outliers(n);
  const auto& exposed = shown.name;

  std::vector<Remedy> all{{"as_it_is", sets.train},
                          {"half", of_classes(sets.train, sets.labels, true)},
                          {"decay", sets.train, 1},
                          {"dropout", sets.train, 0, 0.2},
                          {"exposure", sets.train, 0, 0, shown.images}};
  Findings found;
  found.scale = setting("scale", steps_of(quick), n);
  report::Table fits{.title = setting("fits.title"),
                     .columns = {{.name = setting("how"), .align = report::Align::kLeft},
                                 {setting("fits.seen"), "bits/dim"},
                                 {setting("fits.unseen"), "bits/dim"}}};
  std::map<std::string, std::shared_ptr<flows::Flow>> flows;
  for (const auto& remedy : all) {
    const auto flow = learn(setting, remedy);
    flows[remedy.name] = flow;
    const bool half = remedy.name == std::string("half");
    const auto test = half ? of_classes(sets.test, sets.test_labels, true) : sets.test;
    const auto bits = [&](const at::Tensor& images) {
      const auto mean = metrics::bits_per_dim(metrics::mean_interval(models::log_prob(*flow, images)), 784);
      return report::Cell::interval(mean.value, mean.half_width95(), 3);
    };
    fits.rows.push_back({setting(remedy.name), bits(remedy.images.slice(0, 0, test.size(0))), bits(test)});
  }
  found.tables.push_back(std::move(fits));

  const auto scores = [&](const std::vector<std::string>& names) {
    std::vector<NamedScore> made;
    for (const auto& name : names)
      made.push_back(
          likelihood_of(name == "exposure" ? setting("exposed", exposed) : setting(name), flows.at(name)));
    return made;
  };
  auto regular = aurocs(setting("regular.title"), setting("set"), sets.test, sets.foreign,
                        scores({"as_it_is", "decay", "dropout", "exposure"}));
  auto foreign = sets.foreign;
  foreign.insert(foreign.begin(), {setting("others"), of_classes(sets.test, sets.test_labels, false)});
  auto diverse = aurocs(setting("diverse.title"), setting("set"),
                        of_classes(sets.test, sets.test_labels, true), foreign, scores({"as_it_is", "half"}));

  // What each changes, over the sets that no training has seen.
  report::Table change{.title = setting("change.title"),
                       .columns = {{.name = setting("how"), .align = report::Align::kLeft},
                                   {setting("change.least")},
                                   {setting("change.mean")},
                                   {setting("change.most")}}};
  constexpr double ceiling = 0.999;  // of AUROC, beyond which there is nothing to gain
  const auto add = [&](const std::string& key, const std::string& name,
                       const std::vector<metrics::Interval>& with,
                       const std::vector<metrics::Interval>& without, const std::vector<ImageSet>& of) {
    std::vector<double> gains;
    double helped = 0, hurt = 0, open = 0;
    for (std::size_t i = 0; i < of.size(); ++i) {
      if (of[i].name == exposed || of[i].name == setting("others")) continue;
      gains.push_back(with[i].value - without[i].value);
      if (std::min(with[i].value, without[i].value) > ceiling) continue;
      ++open;
      helped += with[i].low > without[i].high ? 1 : 0;
      hurt += with[i].high < without[i].low ? 1 : 0;
    }
    const auto [least, most] = std::ranges::minmax(gains);
    change.rows.push_back({name, {least, 3}, {metrics::mean_of(gains), 3}, {most, 3}});
    found.values[key + ".helped"] = helped;
    found.values[key + ".hurt"] = hurt;
    found.values[key + ".open"] = open;
    found.values[key + ".mean"] = metrics::mean_of(gains);
  };
  add("diversity", setting("diversity"), diverse.values[0], diverse.values[1], foreign);
  add("decay", setting("decay"), regular.values[1], regular.values[0], sets.foreign);
  add("dropout", setting("dropout"), regular.values[2], regular.values[0], sets.foreign);
  add("exposure", setting("exposed", exposed), regular.values[3], regular.values[0], sets.foreign);

  const auto at_exposed = static_cast<std::size_t>(std::ranges::find(sets.foreign, exposed, &ImageSet::name) -
                                                   sets.foreign.begin());
  found.checks.push_back({.what = setting("check.exposed", exposed),
                          .measured = regular.values[3][at_exposed].low,
                          .expected = regular.values[0][at_exposed].high,
                          .relation = Relation::at_least});
  found.checks.push_back({.what = setting("check.others"),
                          .measured = diverse.values[1][0].low,
                          .expected = diverse.values[0][0].high,
                          .relation = Relation::at_least,
                          .name = "others"});
  found.tables.push_back(std::move(change));
  found.tables.push_back(std::move(regular.table));
  found.tables.push_back(std::move(diverse.table));
  return found;
}

}  // namespace pushforward::lab
