// A network whose outputs for each feature depend on the features before it alone.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/nn/linear.h"

namespace pushforward::flows {

struct MaskedMlpOptions {
  std::int64_t dims = 784;
  std::int64_t numbers = 2;    // of output for each feature
  std::int64_t hidden = 1024;  // units of a hidden layer
  std::int64_t depth = 1;      // hidden layers
  std::int64_t condition = 0;  // numbers of the condition, which every output may depend on; 0: none
};

/// MADE (Germain et al. 2015, §4): fully connected layers with ReLU between, whose weights are multiplied by
/// constant masks. Every unit has a degree m, the number of features that it may depend on, and is connected
/// to units of degree ≤ m; the numbers of feature i, the (i + 1)-th, are made of units of degree ≤ i. Degrees
/// rise evenly over a layer from 1, or from 0 where there is a condition, to D − 1, so that the units that
/// are known once i features are come first. Children are named 0, 2, 4, … as those of nn::Mlp, with weights
/// in full shapes; a condition's columns are behind the features'.
class MaskedMlp : public nn::Module {
 public:
  /// Throws Error when an option is out of range.
  MaskedMlp(const MaskedMlpOptions& options, at::Generator& init);

  /// x [N, D], condition [N, K] or undefined → [N, numbers·D]: number k of feature i at k·D + i.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& condition) const;

  /// A walk through the features that makes each unit once: all D steps cost as much arithmetic as `forward`.
  class Walk {
   public:
    Walk(const MaskedMlp& net, at::Tensor condition, const at::Tensor& like);
    /// x [N, i], the features before feature i = 0, 1, … of the i-th call → its numbers [N, numbers].
    at::Tensor next(const at::Tensor& x);

   private:
    const MaskedMlp& net_;
    at::Tensor condition_;
    std::vector<at::Tensor> known_;  // units of each hidden layer that were made: [N, …]
    std::int64_t step_ = 0;
  };

  std::string describe() const;

 private:
  std::int64_t lowest() const { return options_.condition > 0 || options_.dims == 1 ? 0 : 1; }
  /// How many units of a hidden layer have a degree below this.
  std::int64_t below(std::int64_t degree) const;

  MaskedMlpOptions options_;
  std::vector<std::shared_ptr<nn::Linear>> layers_;
  std::vector<at::Tensor> masks_;  // of their weights, 1 or 0
};

}  // namespace pushforward::flows
