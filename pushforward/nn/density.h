// What the loop, the detectors and the program need to know of a density model.
#pragma once

#include <optional>

#include "pushforward/nn/module.h"

namespace pushforward::nn {

class DensityModel : public Module {
 public:
  /// x [N, D] in data space → log p(x) [N] nats. With a generator, a random quantity inside (dequantisation,
  /// trace estimates) is drawn from it, as training does; without one, the deterministic form is used.
  virtual at::Tensor log_prob(const at::Tensor& x, std::optional<at::Generator> generator = {}) = 0;

  /// n samples [n, D] in data space; `temperature` scales the base distribution's standard deviation.
  virtual at::Tensor sample(std::int64_t n, double temperature, at::Generator generator) = 0;

  /// Where along the model x first becomes non-finite, for a person ("layers.3: affine coupling, …"), or "".
  virtual std::string first_non_finite(const at::Tensor& x) = 0;
};

}  // namespace pushforward::nn
