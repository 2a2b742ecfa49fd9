// What the kept part of a coupling, and a condition, say about how the rest moves.
#pragma once

#include <memory>

#include "pushforward/flows/bijector.h"
#include "pushforward/flows/transformer.h"

namespace pushforward::flows {

struct ConditionerOptions {
  std::int64_t kept = 0, changed = 0;  // features of {D}, channels of {C, H, W}
  std::int64_t condition = 0;          // numbers of the condition; 0: none
  std::int64_t hidden = 1024;          // units or channels
  std::int64_t depth = 1;              // hidden layers, or gated ones; "conv" always has two hidden
  std::vector<Transformer::Parameter> parameters = {};
};

/// Networks from what is kept, with the condition behind it, to the parameters of a transformer. It is no
/// module: the layer that has it registers the networks as its own children, "scale_net", "translate_net".
class Conditioner {
 public:
  using Networks = std::vector<std::pair<std::string, std::shared_ptr<nn::Module>>>;

  virtual ~Conditioner() = default;

  /// kept [N, kept, …], condition [N, condition] or undefined → a tensor for each parameter, as a Transformer
  /// takes them.
  virtual std::vector<at::Tensor> parameters(const at::Tensor& kept, const at::Tensor& condition) const = 0;

  virtual const Networks& networks() const = 0;

  /// As Bijector's, of the networks.
  virtual double forward_flop(const Event& in) const = 0;

  /// "392→1024→392".
  virtual std::string describe() const = 0;
};

/// A row of the table conditioners.inc.
struct ConditionerKind {
  std::string name;
  std::size_t rank;  // of the events it is for: 1 {D}, 3 {C, H, W}
  std::shared_ptr<Conditioner> (*make)(const ConditionerOptions& options, at::Generator& init);
};

const std::vector<ConditionerKind>& conditioners();

/// The one of that name. Throws UsageError that lists the names.
const ConditionerKind& conditioner(std::string_view name);

/// Where the biases of a network's last layer start, for all parameters behind each other, as a transformer
/// has them: [Σ size·changed].
at::Tensor starts_of(const ConditionerOptions& options);

/// x [N, C, …] with the condition [N, K] behind its channels, constant over an image; x itself without one.
at::Tensor with_condition(const at::Tensor& x, const at::Tensor& condition);

}  // namespace pushforward::flows
