#include "pushforward/models/edits.h"

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/flows/completion.h"
#include "pushforward/models/latents.h"
#include "pushforward/nn/class_condition.h"
#include "pushforward/nn/random.h"
#include "pushforward/ops/constant_weights.h"

namespace pushforward::models {
namespace {

/// Latents [rows, columns, d], and their labels [rows, columns] where the model takes some → pictures [rows,
/// columns, C, H, W].
at::Tensor pictures(const Model& model, const at::Tensor& latents, const at::Tensor& labels) {
  const auto& shape = model.shape;
  if (shape.points()) throw usage("what is changed are images, {} is of points", model.name);
  SampleOptions options;
  if (labels.defined()) options.labels = labels.flatten();
  const auto x = expect_sampler(model).decode_all(latents.flatten(0, 1), options);
  return x.reshape({latents.size(0), latents.size(1), shape.channels, shape.height, shape.width});
}

/// Labels of the steps from images of labels `from` [N] to those of `to` [N], each that of the nearer end:
/// [N, steps]; undefined where they are.
at::Tensor nearer(const at::Tensor& from, const at::Tensor& to, std::int64_t steps) {
  if (!from.defined()) return {};
  return at::where((2 * at::arange(steps) < steps).unsqueeze(0), from.unsqueeze(1), to.unsqueeze(1));
}

/// Rows of a labelled set by class: [K][number of its images].
std::vector<at::Tensor> classes_of(const Examples& set) {
  if (!set.labels.defined()) throw usage("{} has no labels: classes take a labelled set", set.name);
  std::vector<at::Tensor> classes;
  for (std::int64_t k = 0; k <= set.labels.max().item<std::int64_t>(); ++k)
    classes.push_back((set.labels == k).nonzero().squeeze(1));
  return classes;
}

/// Latents of the first n images of a class, and the mean [d] of at most some hundreds of them: that of more
/// is hardly another.
std::pair<at::Tensor, at::Tensor> latents_of(const Model& model, const Examples& set, const at::Tensor& rows,
                                             std::int64_t n) {
  constexpr std::int64_t enough = 200;
  const auto some = rows.slice(0, 0, std::max(n, enough));
  auto chosen = set;
  chosen.values = set.values.index_select(0, some);
  chosen.labels = set.labels.index_select(0, some);
  const auto z = encode(model, chosen);
  return {z.slice(0, 0, n), z.slice(0, 0, enough).mean(0)};
}

}  // namespace

at::Tensor walk_between(const Model& model, const Examples& from, const Examples& to, std::int64_t steps) {
  const auto labels = nearer(labels_for(model, from), labels_for(model, to), steps);
  return pictures(model, great_circle(encode(model, from), encode(model, to), steps), labels);
}

at::Tensor moved_to(const Model& model, const Examples& set, std::int64_t from, std::int64_t to,
                    std::int64_t n, std::int64_t steps) {
  const auto classes = classes_of(set);
  for (const auto k : {from, to})
    if (k < 0 || k >= std::ssize(classes) || classes[static_cast<std::size_t>(k)].numel() == 0)
      throw usage("{} has no image of class {}", set.name, k);
  const auto [z, a] = latents_of(model, set, classes[static_cast<std::size_t>(from)], n);
  const auto b = latents_of(model, set, classes[static_cast<std::size_t>(to)], 0).second;
  const auto label = [&](std::int64_t k) {
    return model.density->classes() > 0 ? at::full({z.size(0)}, k, at::kLong) : at::Tensor();
  };
  return pictures(model, z.unsqueeze(1) + at::linspace(0, 1, steps).view({1, steps, 1}) * (b - a),
                  nearer(label(from), label(to), steps));
}

at::Tensor moved_to_all(const Model& model, const Examples& set) {
  std::vector<at::Tensor> firsts, means;
  std::vector<std::int64_t> there;
  const auto classes = classes_of(set);
  for (std::size_t k = 0; k < classes.size() && there.size() < 10; ++k) {
    if (classes[k].numel() == 0) continue;
    const auto [first, mean] = latents_of(model, set, classes[k], 1);
    firsts.push_back(first);
    means.push_back(mean);
    there.push_back(static_cast<std::int64_t>(k));
  }
  const auto z = at::cat(firsts), mean = at::stack(means);
  const auto n = z.size(0);
  return pictures(model, z.unsqueeze(1) + (mean.unsqueeze(0) - mean.unsqueeze(1)),
                  model.density->classes() > 0 ? at::tensor(there).expand({n, n}) : at::Tensor());
}

at::Tensor completions(const Model& model, const Examples& images, std::int64_t n, double temperature,
                       at::Generator generator) {
  const auto& flow = *expect_density(model).flow;
  if (!flows::completes(flow))
    throw usage("{} draws no pixel from those before it: completion takes an autoregressive flow of images",
                model.name);
  const auto labels = labels_for(model, images);
  const auto x = images.values.to(at::kFloat) / 255, upper = x.slice(2, 0, x.size(2) / 2);
  auto given = at::full_like(x, 0.5);
  given.slice(2, 0, upper.size(2)).copy_(upper);

  constexpr std::int64_t at_once = 512;
  const auto total = x.size(0) * n;
  const auto z = nn::draw_normal({total, flow.dims()}, 0, temperature, std::move(generator));
  const auto halves = upper.repeat_interleave(n, 0);
  const auto condition = nn::condition_of(flow, labels.defined() ? labels.repeat_interleave(n, 0) : labels);
  const ops::Inference inference;
  Progress progress("complete", total, "images");
  std::vector<at::Tensor> made;
  for (std::int64_t begin = 0; begin < total; begin += at_once) {
    stop_if_interrupted("completing images");
    const auto end = std::min(total, begin + at_once);
    const auto part = [&](const at::Tensor& all) { return all.defined() ? all.slice(0, begin, end) : all; };
    made.push_back(flows::complete(flow, part(halves), part(z), {.condition = part(condition)}));
    progress.advance(end - begin);
  }
  return at::cat({x.unsqueeze(1), given.unsqueeze(1), at::cat(made).unflatten(0, {x.size(0), n})}, 1);
}

}  // namespace pushforward::models
