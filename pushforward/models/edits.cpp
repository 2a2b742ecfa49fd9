#include "pushforward/models/edits.h"

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/flows/completion.h"
#include "pushforward/models/latents.h"
#include "pushforward/nn/random.h"

namespace pushforward::models {
namespace {

/// Latents [rows, columns, d] → pictures [rows, columns, C, H, W].
at::Tensor pictures(const Model& model, const at::Tensor& latents) {
  const auto& shape = model.shape;
  if (shape.points()) throw usage("what is changed are images, {} is of points", model.name);
  const auto x = expect_sampler(model).decode_all(latents.flatten(0, 1), {});
  return x.reshape({latents.size(0), latents.size(1), shape.channels, shape.height, shape.width});
}

/// Rows of a labelled set by class: [K][number of its images].
std::vector<at::Tensor> classes_of(const Examples& set) {
  if (!set.labels.defined()) throw usage("{} has no labels: classes take a labelled set", set.name);
  std::vector<at::Tensor> classes;
  for (std::int64_t k = 0; k <= set.labels.max().item<std::int64_t>(); ++k)
    classes.push_back((set.labels == k).nonzero().squeeze(1));
  return classes;
}

/// The mean latent [d] of images, at most some hundreds of them: that of more is hardly another.
at::Tensor mean_latent(const Model& model, const Examples& set, const at::Tensor& rows) {
  constexpr std::int64_t most = 200;
  return encode(model, set.values.index_select(0, rows.slice(0, 0, most))).mean(0);
}

}  // namespace

at::Tensor walk_between(const Model& model, const at::Tensor& from, const at::Tensor& to,
                        std::int64_t steps) {
  const auto z = encode(model, at::cat({from, to})).chunk(2);
  return pictures(model, great_circle(z[0], z[1], steps));
}

at::Tensor moved_to(const Model& model, const Examples& set, std::int64_t from, std::int64_t to,
                    std::int64_t n, std::int64_t steps) {
  const auto classes = classes_of(set);
  for (const auto k : {from, to})
    if (k < 0 || k >= std::ssize(classes) || classes[static_cast<std::size_t>(k)].numel() == 0)
      throw usage("{} has no image of class {}", set.name, k);
  const auto &a = classes[static_cast<std::size_t>(from)], &b = classes[static_cast<std::size_t>(to)];
  const auto z = encode(model, set.values.index_select(0, a.slice(0, 0, n)));
  const auto difference = mean_latent(model, set, b) - mean_latent(model, set, a);
  return pictures(model, z.unsqueeze(1) + at::linspace(0, 1, steps).view({1, steps, 1}) * difference);
}

at::Tensor moved_to_all(const Model& model, const Examples& set) {
  std::vector<at::Tensor> firsts, means;
  for (const auto& rows : classes_of(set)) {
    if (rows.numel() == 0 || firsts.size() == 10) continue;
    firsts.push_back(rows.slice(0, 0, 1));
    means.push_back(mean_latent(model, set, rows));
  }
  const auto z = encode(model, set.values.index_select(0, at::cat(firsts))), mean = at::stack(means);
  return pictures(model, z.unsqueeze(1) + (mean.unsqueeze(0) - mean.unsqueeze(1)));
}

at::Tensor completions(const Model& model, const at::Tensor& images, std::int64_t n, double temperature,
                       at::Generator generator) {
  const auto& flow = *expect_unconditional(model).flow;
  if (!flows::completes(flow))
    throw usage("{} draws no pixel from those before it: completion takes an autoregressive flow of images",
                model.name);
  const auto x = images.to(at::kFloat) / 255, upper = x.slice(2, 0, x.size(2) / 2);
  auto given = at::full_like(x, 0.5);
  given.slice(2, 0, upper.size(2)).copy_(upper);

  const auto halves = upper.repeat_interleave(n, 0).split(512),
             z = nn::draw_normal({x.size(0) * n, flow.dims()}, 0, temperature, std::move(generator))
                     .split(512);
  Progress progress("complete", x.size(0) * n, "images");
  std::vector<at::Tensor> made;
  for (std::size_t i = 0; i < z.size(); ++i) {
    stop_if_interrupted("completing images");
    made.push_back(flows::complete(flow, halves[i], z[i]));
    progress.advance(z[i].size(0));
  }
  return at::cat({x.unsqueeze(1), given.unsqueeze(1), at::cat(made).unflatten(0, {x.size(0), n})}, 1);
}

}  // namespace pushforward::models
