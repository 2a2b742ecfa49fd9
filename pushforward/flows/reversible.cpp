#include "pushforward/flows/reversible.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <utility>

#include "pushforward/core/error.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {
namespace {

using torch::autograd::variable_list;

variable_list trained_parameters(const Layer& layer) {
  variable_list trained;
  for (const auto& parameter : layer.bijector->parameters())
    if (parameter.requires_grad()) trained.push_back(parameter);
  return trained;
}

/// The gradient of layers from what came out of them alone. Its inputs are x and every layer's parameters;
/// its outputs the value, the log-determinant and the latents.
class Backwards : public torch::autograd::Node {
 public:
  Backwards(std::span<const Layer> layers, const at::Tensor& x, Context context, const Passed& made)
      : layers_(layers.begin(), layers.end()),
        context_(std::move(context)),
        value_(made.value.detach()),
        needs_x_(x.requires_grad()) {
    for (const auto& latent : made.latents) latents_.push_back(latent.detach());
    add_next_edge(edge_of(x));
    for (const auto& layer : layers_)
      for (const auto& parameter : trained_parameters(layer)) add_next_edge(edge_of(parameter));
  }

  variable_list apply(variable_list&& from) override {
    if (at::GradMode::is_enabled())
      throw fail("[reversible] second derivatives are not made: train without train.reversible");
    PF_CHECK(value_.defined(), "[reversible] a gradient is taken once");
    auto y = std::exchange(value_, {}), to_y = from[0];
    auto latents = std::exchange(latents_, {});
    std::vector<variable_list> by_layer;
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
      auto here = context_;
      at::Tensor to_latent;
      if (!layer->bijector->leaves(layer->in).empty()) {
        here.latent = latents.back();
        to_latent = from[1 + latents.size()];
        latents.pop_back();
      }
      const auto x = input_of(*layer, y, here);
      auto found = gradients(*layer, x, {to_y, from[1], to_latent});
      to_y = found.front();
      found.erase(found.begin());
      by_layer.push_back(std::move(found));
      y = x.detach();
    }
    variable_list to = {needs_x_ ? to_y : at::Tensor()};
    for (auto own = by_layer.rbegin(); own != by_layer.rend(); ++own)
      to.insert(to.end(), own->begin(), own->end());
    return to;
  }

  void release_variables() override {
    value_.reset();
    latents_.clear();
  }

 private:
  static torch::autograd::Edge edge_of(const at::Tensor& x) {
    return x.requires_grad() ? torch::autograd::impl::gradient_edge(x) : torch::autograd::Edge();
  }

  static at::Tensor input_of(const Layer& layer, const at::Tensor& y, const Context& context) {
    const at::NoGradGuard no_grad;
    const auto x = layer.bijector->inverse(y, context_of(layer, context).value_alone()).value;
    return ops::laid_out(x).detach().requires_grad_();
  }

  /// Of x and the layer's parameters, from those of its value, its log-determinant and its latent.
  variable_list gradients(const Layer& layer, const at::Tensor& x, const variable_list& from) const {
    const at::AutoGradMode with_grad(true);
    const auto made = go_through(layer, x, context_);
    variable_list outputs, signals, inputs = {x};
    const at::Tensor all[] = {made.value, made.log_det, made.latent};
    for (std::size_t i = 0; i < from.size(); ++i)
      if (from[i].defined() && all[i].defined() && all[i].requires_grad()) {
        outputs.push_back(all[i]);
        signals.push_back(from[i]);
      }
    for (const auto& parameter : trained_parameters(layer)) inputs.push_back(parameter);
    return torch::autograd::grad(outputs, inputs, signals, false, false, true);
  }

  std::vector<Layer> layers_;
  Context context_;
  at::Tensor value_;
  variable_list latents_;
  bool needs_x_;
};

}  // namespace

Context context_of(const Layer& layer, Context context) {
  if (layer.bijector->condition_size() == 0) context.condition = at::Tensor();
  return context;
}

Transformed go_through(const Layer& layer, const at::Tensor& x, const Context& context) {
  auto made = layer.bijector->forward(x, context_of(layer, context));
  if (layer.in != layer.out) made.value = ops::laid_out(made.value);
  return made;
}

Passed pass(std::span<const Layer> layers, const at::Tensor& x, const Context& context) {
  Passed now{x, at::zeros({x.size(0)}, x.options().requires_grad(false)), {}};
  for (const auto& layer : layers) {
    const auto next = go_through(layer, now.value, context);
    if (next.latent.defined()) now.latents.push_back(next.latent);
    now.value = next.value;
    now.log_det = now.log_det + next.log_det;
  }
  return now;
}

bool is_reversible(const Layer& layer) {
  return layer.bijector->inverse_kind() == Inverse::analytic &&
         layer.bijector->log_det_kind() == LogDet::exact;
}

Passed pass_reversibly(std::span<const Layer> layers, const at::Tensor& x, const Context& context) {
  PF_CHECK(std::ranges::all_of(layers, is_reversible), "[reversible] expected analytic inverses only");
  if (layers.empty() || !at::GradMode::is_enabled()) return pass(layers, x, context);
  Passed made;
  {
    const at::NoGradGuard no_grad;
    made = pass(layers, x.detach(), context);
  }
  // What went through unchanged is x itself, whose history is not ours to write.
  if (made.value.is_same(x)) made.value = made.value.alias();
  const auto backwards = std::make_shared<Backwards>(layers, x, context, made);
  torch::autograd::create_gradient_edge(made.value, backwards);
  torch::autograd::create_gradient_edge(made.log_det, backwards);
  for (auto& latent : made.latents) torch::autograd::create_gradient_edge(latent, backwards);
  return made;
}

}  // namespace pushforward::flows
