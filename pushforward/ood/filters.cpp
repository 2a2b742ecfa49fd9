#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/ood/detector.h"
#include "pushforward/ood/gaussian.h"
#include "pushforward/ood/kinds.h"
#include "pushforward/ood/state.h"
#include "pushforward/ops/parallel.h"
#include "pushforward/ops/pooled_responses.h"

namespace pushforward::ood {
namespace {

constexpr std::int64_t count = 32, side = 5, cells = 4;

at::Tensor random_filters(std::int64_t channels) {
  auto engine = stream(0, "ood.filters");
  auto filters = at::empty({count, channels, side, side}, at::kDouble);
  for (std::int64_t i = 0; i < filters.numel(); ++i) filters.data_ptr<double>()[i] = normal01(engine);
  filters -= filters.mean(at::IntArrayRef{1, 2, 3}, true);
  filters /= filters.square().sum(at::IntArrayRef{1, 2, 3}, true).sqrt();
  return filters.to(at::kFloat);
}

void expect_images(const at::Tensor& x) {
  PF_CHECK(
      x.scalar_type() == at::kByte && x.dim() == 4 && x.size(2) >= cells && x.size(3) >= cells,
      "[ood] the detector filters expected images uint8 [N, C, H, W] of at least {}×{} pixels, got {} [{}]",
      cells, cells, x.toString(), fmt::join(x.sizes(), ", "));
}

/// Images [n, C, H, W] of one thread → [n, scales · filters · cells²].
at::Tensor responses(const at::Tensor& images, const at::Tensor& filters) {
  const at::NoGradGuard no_grad;
  auto x = images.to(at::kFloat).div_(255);
  std::vector<at::Tensor> all;
  for (int scale = 1; scale <= 4; scale *= 2) {
    if (scale > 1) {
      if (std::min(x.size(2), x.size(3)) < 2 * cells) break;
      x = at::avg_pool2d(x, 2);
    }
    all.push_back(ops::pooled_responses(x, filters, cells));
  }
  return at::cat(all, 1).add_(1e-4).sqrt_().sqrt_();
}

/// The responses to each of all images, float32 [N, d].
at::Tensor responses_of_all(const at::Tensor& x, const at::Tensor& filters) {
  constexpr std::int64_t batch = 64;
  std::vector<at::Tensor> parts(static_cast<std::size_t>((x.size(0) + batch - 1) / batch));
  ops::parallel_for_operations(0, std::ssize(parts), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i)
      parts[static_cast<std::size_t>(i)] =
          responses(x.slice(0, i * batch, std::min(x.size(0), (i + 1) * batch)), filters);
  });
  return at::cat(parts, 0);
}

constexpr std::int64_t chunk = 4096;  // images whose responses are in memory at once

/// The squared Mahalanobis distance of an image's filter responses, for images uint8 [N, C, H, W]. It needs
/// no trained model, no labels, one pass over the images and one eigendecomposition:
///
///   r_sfc(x) = (10⁻⁴ + mean over cell c of max(0, w_f ∗ x_s))^¼      x_s: x averaged over s × s pixels
///   score    = (r − μ)ᵀ Σ⁻¹ (r − μ)                                  μ, Σ of the images fitted on
///
/// over scales s = 1, 2, 4 (those of which at least 4 × 4 pixels are left), 32 random filters 5 × 5 of mean 0
/// and norm 1, and 4 × 4 cells of the image. Where there is how much of which edge, at which scale: random
/// filters followed by rectification and pooling are known to describe textures and objects nearly as well as
/// learned ones (Jarrett et al. 2009, "What is the best multi-stage architecture for object recognition?";
/// Saxe et al. 2011, "On random weights and unsupervised feature learning"); the root is what makes
/// energies close to normal; the distance is that of Lee et al. 2018 without labels. Σ has a ridge of 10⁻³ of
/// its mean variance. Filters are those of stream (0, "ood.filters") and part of the state.
class Filters final : public Detector {
 public:
  explicit Filters(const Outputs&) {}

  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  at::Tensor filters_;  // float32 [F, C, k, k]
  Gaussian gaussian_;
};

void Filters::do_fit(const at::Tensor& in) {
  expect_images(in);
  filters_ = random_filters(in.size(1));
  const auto dims = responses_of_all(in.slice(0, 0, 1), filters_).size(1);
  metrics::GaussianStatistics statistics(dims);
  for (const auto& part : in.split(chunk)) statistics.add(responses_of_all(part, filters_));
  gaussian_ = Gaussian::of(statistics, 1e-3);
}

std::vector<double> Filters::do_score(const at::Tensor& x) const {
  if (x.size(0) == 0) return {};
  expect_images(x);
  PF_CHECK(x.size(1) == filters_.size(1), "[ood] expected images of {} channels, as those fitted on, got {}",
           filters_.size(1), x.size(1));
  std::vector<double> scores;
  for (const auto& part : x.split(chunk)) {
    const auto values = values_of(gaussian_.square_distance(responses_of_all(part, filters_)));
    scores.insert(scores.end(), values.begin(), values.end());
  }
  return scores;
}

nn::NamedTensors Filters::state() const {
  return {{"filters", filters_}, {"mean", gaussian_.mean}, {"whiten", gaussian_.whiten}};
}

void Filters::do_restore(const nn::NamedTensors& state) {
  const auto tensors =
      take(state, "filters", {{"filters", {-1, -1, side, side}}, {"mean", {-1}}, {"whiten", {-1, -1}}},
           at::kFloat);
  filters_ = tensors[0];
  gaussian_ = {tensors[1], tensors[2]};
}

}  // namespace

Kind filters_kind() {
  return {.name = "filters",
          .summary = "Mahalanobis distance of random filters' responses; needs no model",
          .needs = {.images = 2, .side = cells},
          .make = make<Filters>};
}

}  // namespace pushforward::ood
