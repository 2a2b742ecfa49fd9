// The elementwise maps of couplings, and of whatever else gives every element its own parameters.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pushforward::flows {

/// An increasing map of each number of x on its own, with parameters for each: pure functions, without
/// weights, that know nothing of where the parameters come from.
///
/// A parameter of `size` numbers an element comes as [N, size·D] for x [N, D] and [N, size·C, H, W] for
/// x [N, C, H, W]: number k of element d at k·D + d, so `unflatten(1, {size, D})` parts them.
struct Transformer {
  struct Parameter {
    std::string name;
    std::int64_t size = 1;           // numbers an element
    std::vector<double> start = {};  // where a conditioner's biases start, for each of the numbers; {}: at 0
  };
  /// {x, parameters in order} → {value, log|det| [N] nats, summed over the event}.
  using Map = std::pair<at::Tensor, at::Tensor> (*)(const at::Tensor& x,
                                                    const std::vector<at::Tensor>& parameters);

  std::string name;
  std::vector<Parameter> parameters;
  Map forward, inverse;
  /// The value of `inverse`, where it costs much less without the log|det|; null: it does not.
  at::Tensor (*inverse_value)(const at::Tensor& y, const std::vector<at::Tensor>& parameters) = nullptr;
  /// Whether x are dequantised pixels in [0, 1), which become numbers of the real line; else both are.
  bool takes_pixels = false;

  /// `inverse` without its log|det|, the cheapest way.
  at::Tensor value_of_inverse(const at::Tensor& y, const std::vector<at::Tensor>& of) const {
    return inverse_value != nullptr ? inverse_value(y, of) : inverse(y, of).first;
  }
};

/// All of them: the table is transformers.inc.
const std::vector<Transformer>& transformers();

/// The one of that name. Throws UsageError that lists the names.
const Transformer& transformer(std::string_view name);

}  // namespace pushforward::flows
