// All that detectors know of a model.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "pushforward/ops/precision.h"

namespace pushforward::ood {

/// One number for each of the N elements of x [N, …].
using PerImage = std::function<std::vector<double>(const at::Tensor& x)>;

/// A row float32 [d] for each: [N, d].
using Features = std::function<at::Tensor(const at::Tensor& x)>;

/// What a model can say about images; a detector names what it needs and the model has not got. The
/// functions batch on their own, so x may be a whole data set, of the dtype that they take.
struct Outputs {
  PerImage log_prob;               ///< log p(x) in nats, preprocessing included
  PerImage log_prob_latent;        ///< of the base distribution at the image's latent, nats
  PerImage log_det;                ///< log |det ∂z/∂x|, nats: log_prob − log_prob_latent
  PerImage background;             ///< log p(x) of a model trained on perturbed pixels, nats
  std::vector<PerImage> ensemble;  ///< log p(x) of its members, nats
  PerImage log_ratio;              ///< of a discriminator of data from the model's samples: its logit
  PerImage reconstruction_error;   ///< of an autoencoder: mean squared error of a pixel in [0, 1]
  Features features;               ///< of a classifier: its penultimate layer; of an autoencoder: the codes
  Features logits;                 ///< of a classifier: [N, classes]
};

/// The function, answering a second time from memory when it is given the same tensor (not an equal one) in
/// the same precision, so that several detectors on one data set cost one pass. It forgets a tensor that
/// nobody else holds. Not for several threads at once.
template <typename Function>
auto remember(Function function) {
  using Answer = std::invoke_result_t<Function, const at::Tensor&>;
  using Tensor = c10::weak_intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;
  struct Answered {
    Tensor tensor;
    ops::Precision precision;
    Answer answer;
  };
  return [function = std::move(function),
          answers = std::make_shared<std::vector<Answered>>()](const at::Tensor& x) -> Answer {
    std::erase_if(*answers, [](const Answered& before) { return before.tensor.expired(); });
    for (const auto& [tensor, precision, answer] : *answers)
      if (tensor.lock().get() == x.unsafeGetTensorImpl() && precision == ops::precision()) return answer;
    answers->push_back({Tensor(x.getIntrusivePtr()), ops::precision(), function(x)});
    return answers->back().answer;
  };
}

}  // namespace pushforward::ood
