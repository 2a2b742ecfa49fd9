#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "pushforward/core/error.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/ood/code_length.h"
#include "pushforward/ood/detector.h"
#include "pushforward/ood/kinds.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {
namespace {

constexpr std::size_t kernels = 1000;
constexpr const char* names[] = {"log p(x)", "log p(z)", "the log-determinant", "the compressed length"};

/// ln (1/n Σ N(value; centre, width²)); the largest term is taken out, so it holds however far away.
double log_density(double value, std::span<const double> centres, double width) {
  if (!std::isfinite(value)) return std::isnan(value) ? value : -std::numeric_limits<double>::infinity();
  const auto above = std::lower_bound(centres.begin(), centres.end(), value);
  double nearest = std::numeric_limits<double>::infinity();
  if (above != centres.end()) nearest = *above - value;
  if (above != centres.begin()) nearest = std::min(nearest, value - *(above - 1));
  double sum = 0;
  for (const double centre : centres) {
    const double a = (value - centre) / width, b = nearest / width;
    sum += std::exp((b * b - a * a) / 2);
  }
  return -nearest * nearest / (2 * width * width) +
         std::log(sum / (static_cast<double>(centres.size()) * width * std::sqrt(2 * std::numbers::pi)));
}

/// −Σ_j ln q_j(T_j(x)) in nats, q_j a kernel density estimate of the statistic T_j over the images fitted on:
/// how rare the statistics are together, whichever way they are odd (Morningstar et al. 2021, "Density of
/// states estimation for out-of-distribution detection", equation 3, DoSE-KDE). The statistics are log p(x),
/// log p(z), log |det ∂z/∂x| and the shortest compressed length; kernels are normal, of Silverman's width,
/// on 1,000 evenly spaced quantiles.
class DensityOfStates final : public Detector {
 public:
  explicit DensityOfStates(const Outputs& model)
      : statistics_{model.log_prob, model.log_prob_latent, model.log_det,
                    [](const at::Tensor& x) { return code_length(x, compressors()); }} {}

  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  std::vector<PerImage> statistics_;
  at::Tensor centres_;  // float64 [statistics, kernels], ascending in each row
  at::Tensor widths_;   // float64 [statistics]
};

void DensityOfStates::do_fit(const at::Tensor& in) {
  const auto rows = static_cast<std::int64_t>(statistics_.size());
  auto centres = at::empty({rows, static_cast<std::int64_t>(kernels)}, at::kDouble);
  auto widths = at::empty({rows}, at::kDouble);
  for (std::size_t j = 0; j < statistics_.size(); ++j) {
    auto values = finite(statistics_[j](in), "density-of-states", names[j]);
    std::sort(values.begin(), values.end());
    const double quartiles = (metrics::quantile(values, 0.75) - metrics::quantile(values, 0.25)) / 1.34;
    const double sd = values.size() < 2 ? 0 : metrics::sd_of(values);
    const double spread = quartiles > 0 ? std::min(sd, quartiles) : sd;
    if (!(spread > 0))
      throw fail("[ood] density-of-states cannot be fitted: {} is the same for all {} in-distribution images",
                 names[j], values.size());
    widths.data_ptr<double>()[j] = 0.9 * spread * std::pow(static_cast<double>(values.size()), -0.2);
    for (std::size_t k = 0; k < kernels; ++k)
      centres.data_ptr<double>()[j * kernels + k] =
          metrics::quantile(values, (static_cast<double>(k) + 0.5) / kernels);
  }
  centres_ = centres;
  widths_ = widths;
}

std::vector<double> DensityOfStates::do_score(const at::Tensor& x) const {
  std::vector<double> scores(static_cast<std::size_t>(x.size(0)));
  for (std::size_t j = 0; j < statistics_.size(); ++j) {
    const auto values = statistics_[j](x);
    const std::span<const double> centres(centres_.data_ptr<double>() + j * kernels, kernels);
    const double width = widths_.data_ptr<double>()[j];
    at::parallel_for(0, x.size(0), 64, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
        scores[i] -= log_density(values[i], centres, width);
    });
  }
  return scores;
}

nn::NamedTensors DensityOfStates::state() const {
  return {{"centres", centres_}, {"widths", widths_}};
}

void DensityOfStates::do_restore(const nn::NamedTensors& state) {
  const auto rows = static_cast<std::int64_t>(statistics_.size());
  const auto tensors = take(state, "density-of-states",
                            {{"centres", {rows, static_cast<std::int64_t>(kernels)}}, {"widths", {rows}}});
  centres_ = tensors[0];
  widths_ = tensors[1];
}

}  // namespace

Kind density_of_states_kind() {
  return {.name = "density-of-states",
          .summary = "−Σ ln q(statistic) of log p(x), log p(z), log-det, length",
          .needs = {.answers = {{Answer::log_prob}, {Answer::log_prob_latent}, {Answer::log_det}},
                    .images = 2,
                    .side = 1},
          .make = make<DensityOfStates>};
}

}  // namespace pushforward::ood
