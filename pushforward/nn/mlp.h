// Linear layers with ReLU between them.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "pushforward/nn/linear.h"

namespace pushforward::nn {

struct MlpOptions {
  std::vector<std::int64_t> sizes;          // {in, hidden…, out}
  std::optional<std::int64_t> fan_in = {};  // of the first layer, see Linear
};

/// x [N, in] → Linear·ReLU·…·Linear → [N, out]. Children are named 0, 2, 4, … as in PyTorch's
/// nn.Sequential with the activations counted.
class Mlp : public Module {
 public:
  Mlp(const MlpOptions& options, at::Generator& init);

  at::Tensor forward(at::Tensor x) const;

  std::vector<std::shared_ptr<Linear>> layers;
};

}  // namespace pushforward::nn
