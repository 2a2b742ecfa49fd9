#include "pushforward/flows/completion.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"
#include "pushforward/flows/autoregressive_image.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {
namespace {

/// {dequantisation, autoregressive layer}, or null.
std::pair<Dequantize*, AutoregressiveImage*> parts_of(const Flow& flow) {
  const auto& layers = flow.bijectors();
  if (layers.size() != 2) return {};
  return {dynamic_cast<Dequantize*>(layers[0].bijector.get()),
          dynamic_cast<AutoregressiveImage*>(layers[1].bijector.get())};
}

}  // namespace

bool completes(const Flow& flow) {
  const auto [dequantize, autoregressive] = parts_of(flow);
  return dequantize != nullptr && autoregressive != nullptr;
}

at::Tensor complete(const Flow& flow, const at::Tensor& rows, const at::Tensor& z, const Context& context) {
  PF_CHECK(completes(flow),
           "[completion] expected dequantised pixels under one autoregressive layer, got a flow of {} layers",
           flow.bijectors().size());
  PF_CHECK(z.dim() == 2 && z.size(1) == flow.dims(), "[completion] expected latents [N, {}], got {}",
           flow.dims(), z.sizes());
  PF_CHECK(rows.dim() == 4, "[completion] expected rows [N, C, h, W], got {}", rows.sizes());
  const at::NoGradGuard no_grad;
  const auto [dequantize, autoregressive] = parts_of(flow);
  const auto known = ops::laid_out(dequantize->forward(rows, {}).value);
  const auto x = autoregressive->complete(known, ops::laid_out(flow.as_event(z)), context);
  return dequantize->inverse(x, {}).value.contiguous();
}

}  // namespace pushforward::flows
