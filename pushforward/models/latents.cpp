#include "pushforward/models/latents.h"

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/data/npy.h"
#include "pushforward/data/points.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/class_condition.h"

namespace pushforward::models {

at::Tensor labels_for(const Model& model, const Examples& set) {
  const auto classes = expect_density(model).classes();
  if (classes == 0) return {};
  if (!set.labels.defined()) throw usage("{} has no labels: a {} takes a labelled set", set.name, model.name);
  if (set.labels.numel() > 0)
    if (const auto most = set.labels.max().item<std::int64_t>(); most >= classes)
      throw usage("{} has labels up to {}, this {} knows those from 0 to {}", set.name, most, model.name,
                  classes - 1);
  return set.labels;
}

at::Tensor encode(const Model& model, const Examples& set) {
  constexpr std::int64_t at_once = 256;
  const auto labels = labels_for(model, set);
  const auto& density = *model.density;
  const auto z = by_batches(
      set.values, "encode",
      [&](const at::Tensor& batch, std::int64_t number) {
        const auto own =
            labels.defined() ? labels.slice(0, number * at_once, (number + 1) * at_once) : labels;
        return density.flow->encode(density.input(batch), {.condition = nn::condition_of(*density.flow, own)})
            .value;
      },
      at_once);
  const auto bad = at::isfinite(z).all(1).logical_not().nonzero();
  if (bad.numel() > 0)
    throw fail("image {} has no finite latent under this {}", bad[0].item<std::int64_t>(), model.name);
  return z.to(at::kFloat);
}

at::Tensor read_latents(const std::filesystem::path& path, std::int64_t dims) {
  const auto array = data::read_npy(path);
  const auto& shape = array.shape;
  if (shape.size() < 2 || shape[0] < 1 || shape[1] != dims ||
      std::any_of(shape.begin() + 2, shape.end(), [](std::int64_t size) { return size != 1; }))
    throw fail("{}: expected latents [n, {}], found {}", path.string(), dims, array.shape_text());
  auto z = at::tensor(data::in_float32(array, path.string())).view({shape[0], dims});
  if (!at::isfinite(z).all().item<bool>()) throw fail("{}: latents must be finite numbers", path.string());
  return z;
}

at::Tensor great_circle(const at::Tensor& a, const at::Tensor& b, std::int64_t steps) {
  const auto from = a.unsqueeze(1), to = b.unsqueeze(1);
  const auto angle =
      ((from * to).sum(-1, true) / (from.norm(2, {-1}, true) * to.norm(2, {-1}, true))).clamp(-1, 1).acos();
  const auto t = at::linspace(0, 1, steps, a.options()).view({1, steps, 1});
  const auto arc = ((1 - t) * angle).sin() / angle.sin() * from + (t * angle).sin() / angle.sin() * to;
  return at::where(angle.sin() > 1e-3, arc, at::lerp(from, to, t));  // false of a NaN
}

}  // namespace pushforward::models
