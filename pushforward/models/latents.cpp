#include "pushforward/models/latents.h"

#include "pushforward/core/error.h"
#include "pushforward/models/scoring.h"

namespace pushforward::models {

const Density& expect_unconditional(const Model& model) {
  const auto& density = expect_density(model);
  if (density.classes() > 0)
    throw usage("{}: what becomes of an image depends on its label, which is not given here", model.name);
  return density;
}

at::Tensor encode(const Model& model, const at::Tensor& images) {
  const auto& density = expect_unconditional(model);
  const auto z = by_batches(images, "encode", [&](const at::Tensor& batch) {
    return density.flow->encode(density.input(batch)).value;
  });
  const auto bad = at::isfinite(z).all(1).logical_not().nonzero();
  if (bad.numel() > 0)
    throw fail("image {} has no finite latent under this {}", bad[0].item<std::int64_t>(), model.name);
  return z.to(at::kFloat);
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
