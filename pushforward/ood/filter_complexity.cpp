#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/ood/code_length.h"
#include "pushforward/ood/detector.h"
#include "pushforward/ood/gaussian.h"
#include "pushforward/ood/kinds.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {
namespace {

std::vector<double> zlib_length(const at::Tensor& x) {
  return code_length(x, {compressor("deflate")});
}

/// Input complexity without a model: the distance of an image's filter responses (filters.cpp) in the place
/// of −log p(x), each term in units of its standard deviation over the images fitted on,
///
///   score = (d(x) − mean d) / sd d − (L(x) − mean L) / sd L
///
/// L the length of the image under zlib. As in Serrà et al. 2020 (complexity.cpp), what makes simple images
/// look familiar is taken off. Of few images (Gaussian::few) the unit of distances is that of images which
/// the Gaussian has not seen, each half's under a fit to the other. So strokes on a plain ground are as odd
/// as they should be, at a price: foreign images that are more complicated than those fitted on, such as
/// blends of two of them, are harder to tell than by `filters` alone. Needs images of two code lengths at
/// least, and two of them in each half.
class FilterComplexity final : public Detector {
 public:
  explicit FilterComplexity(const Outputs&) : filters_(make_detector("filters", {})) {}

  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  struct Unit {
    double mean = 0, sd = 1;
  };

  std::unique_ptr<Detector> filters_;
  Unit distance_, length_;
};

/// The distance of each image under a fit to the other half of them, every second one.
std::vector<double> distances_of_halves(Detector& filters, const at::Tensor& in) {
  const auto half = [&](std::int64_t first) { return in.slice(0, first, in.size(0), 2).contiguous(); };
  std::vector<double> distances(static_cast<std::size_t>(in.size(0)));
  for (const std::size_t scored : {0, 1}) {
    filters.fit(half(1 - static_cast<std::int64_t>(scored)));
    const auto values = filters.score(half(static_cast<std::int64_t>(scored)));
    for (std::size_t i = 0; i < values.size(); ++i) distances[2 * i + scored] = values[i];
  }
  return distances;
}

void FilterComplexity::do_fit(const at::Tensor& in) {
  filters_->fit(in);
  const auto state = filters_->state();
  const auto dims = std::ranges::find(state, "mean", &nn::NamedTensors::value_type::first)->second.size(0);
  const bool few = Gaussian::few(in.size(0), dims);
  const auto unit = [&](const std::vector<double>& values, const char* what) {
    const double sd = metrics::sd_of(values);
    if (!(sd > 0))
      throw fail("[ood] filter-complexity cannot be fitted: {} is the same for all {} in-distribution images",
                 what, values.size());
    return Unit{metrics::mean_of(values), sd};
  };
  distance_ = unit(few ? distances_of_halves(*make_detector("filters", {}), in) : filters_->score(in),
                   "the distance");
  length_ = unit(zlib_length(in), "the compressed length");
}

std::vector<double> FilterComplexity::do_score(const at::Tensor& x) const {
  if (x.size(0) == 0) return {};
  auto scores = filters_->score(x);
  const auto lengths = zlib_length(x);
  for (std::size_t i = 0; i < scores.size(); ++i)
    scores[i] = (scores[i] - distance_.mean) / distance_.sd - (lengths[i] - length_.mean) / length_.sd;
  return scores;
}

nn::NamedTensors FilterComplexity::state() const {
  auto all = filters_->state();
  all.emplace_back("units", tensor_of({distance_.mean, distance_.sd, length_.mean, length_.sd}));
  return all;
}

void FilterComplexity::do_restore(const nn::NamedTensors& state) {
  nn::NamedTensors of_filters, own;
  for (const auto& entry : state) (entry.first == "units" ? own : of_filters).push_back(entry);
  const auto units = values_of(take(own, "filter-complexity", {{"units", {4}}}).front());
  filters_->restore(of_filters);
  distance_ = {units[0], units[1]};
  length_ = {units[2], units[3]};
}

}  // namespace

Kind filter_complexity_kind() {
  return {.name = "filter-complexity",
          .summary = "filters less the compressed length, in sds; needs no model",
          .needs = {.images = 4, .side = 4},
          .make = make<FilterComplexity>};
}

}  // namespace pushforward::ood
