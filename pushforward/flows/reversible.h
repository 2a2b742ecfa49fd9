// Reversible backpropagation: layers that remember nothing of what passes through them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pushforward/flows/bijector.h"

namespace pushforward::flows {

/// A bijector in its place in a flow.
struct Layer {
  std::string name;  // "layers.3"
  std::shared_ptr<Bijector> bijector;
  Event in, out;  // what reaches it, and what goes on
};

/// What came out of some layers.
struct Passed {
  at::Tensor value;                 // [N, …], laid out
  at::Tensor log_det;               // [N] nats, of all of them
  std::vector<at::Tensor> latents;  // [N, …] what left on the way, in the order of leaving
};

/// A layer's context: one that takes no condition is given none.
Context context_of(const Layer& layer, Context context);

/// x [N, …] through one layer, data → latent.
Transformed go_through(const Layer& layer, const at::Tensor& x, const Context& context);

/// x [N, …] through layers, data → latent.
Passed pass(std::span<const Layer> layers, const at::Tensor& x, const Context& context);

/// Whether a layer can be gone through backwards: its inverse is analytic and its log-determinant exact.
bool is_reversible(const Layer& layer);

/// The same as `pass`, with the memory of one layer: gradients are taken layer by layer from the end, each of
/// an input that the layer's inverse makes anew from its output (Gomez et al. 2017, "The reversible residual
/// network", algorithm 1). Takes one inverse and one more forward of every layer, and gives gradients that
/// differ by the round trip's rounding. They are taken once, and there are no second derivatives: asked for
/// either it throws Error.
Passed pass_reversibly(std::span<const Layer> layers, const at::Tensor& x, const Context& context);

}  // namespace pushforward::flows
