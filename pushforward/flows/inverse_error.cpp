#include "pushforward/flows/inverse_error.h"

#include "pushforward/flows/preprocessing.h"

namespace pushforward::flows {

at::Tensor inverse_error(const Flow& flow, const at::Tensor& z, const Context& context) {
  const at::NoGradGuard no_grad;
  Flow::Bijectors continuous;
  for (const auto& layer : flow.bijectors())
    if (!dynamic_cast<const Dequantize*>(layer.bijector.get())) continuous.push_back(layer.bijector);
  Flow f(flow.event(), {}, std::move(continuous));
  const auto x = f.decode(z, context.value_alone()).value;
  return (f.encode(x, context).value - z).norm(2, 1);
}

}  // namespace pushforward::flows
