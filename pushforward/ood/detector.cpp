#include "pushforward/ood/detector.h"

#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"

namespace pushforward::ood {

void Detector::fit(const at::Tensor& in) {
  PF_CHECK(in.dim() >= 1 && in.size(0) >= 1,
           "[ood] expected in-distribution images [N, …] to fit on, got [{}]", fmt::join(in.sizes(), ", "));
  if (kind_ != nullptr)
    if (const auto text = lack(kind_->name, kind_->needs, in); !text.empty()) throw fail("{}", text);
  stop_if_interrupted("fitting a detector");
  do_fit(in);
  fitted_ = true;
}

std::vector<double> Detector::score(const at::Tensor& x) const {
  PF_CHECK(fitted_, "[ood] a detector must be fitted on in-distribution images before it can score");
  PF_CHECK(x.dim() >= 1, "[ood] expected images [N, …], got a scalar");
  stop_if_interrupted("scoring");
  auto scores = do_score(x);
  const auto expected = x.size(0) / images_per_score();
  PF_CHECK(std::ssize(scores) == expected, "[ood] expected {} scores of {} images, got {}", expected,
           x.size(0), scores.size());
  const auto nan = std::find_if(scores.begin(), scores.end(), [](double score) { return std::isnan(score); });
  if (nan != scores.end())
    throw fail("[ood] the score of image {} is NaN; look for NaN pixels in it and for a model that diverged",
               nan - scores.begin());
  return scores;
}

void Detector::restore(const nn::NamedTensors& state) {
  do_restore(state);
  fitted_ = true;
}

void Detector::do_restore(const nn::NamedTensors& state) {
  PF_CHECK(state.empty(), "[ood] expected the state of a detector that learns nothing, found {} tensors",
           state.size());
}

std::unique_ptr<Detector> make_detector(const Kind& kind, const Outputs& model) {
  if (const auto text = lack(kind.name, kind.needs, model); !text.empty()) throw fail("{}", text);
  auto detector = kind.make(model);
  detector->kind_ = &kind;
  return detector;
}

std::unique_ptr<Detector> make_detector(std::string_view name, const Outputs& model) {
  return make_detector(find_kind(name), model);
}

}  // namespace pushforward::ood
