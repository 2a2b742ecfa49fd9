// Dequantisation by learned noise.
#pragma once

#include <memory>

#include "pushforward/flows/preprocessing.h"
#include "pushforward/nn/gated_conv.h"

namespace pushforward::flows {

struct VariationalDequantizeOptions {
  std::int64_t channels = 1, hidden = 32, layers = 2;
};

/// x in {0, 1/255, …, 1} → y = (255 x + u)/256 with u = σ(m(x) + s(x)·ε), ε ~ N(0, I), m and s of a network.
/// log_det is −log q(u | x), so what a flow calls log p is in the mean over ε a lower bound of what uniform
/// noise estimates: log ∫ p(y) du (Ho et al. 2019, "Flow++", §3.1, eq. 12). It starts near the uniform
/// distribution. Without a generator ε is one draw, the same for every image. Images only.
class VariationalDequantize : public Dequantize {
 public:
  VariationalDequantize(const VariationalDequantizeOptions& options, at::Generator& init);

  Transformed forward(const at::Tensor& x, const Context& context) override;
  LogDet log_det_kind() const override { return LogDet::bound; }
  Event output(const Event& in) const override;
  double forward_flop(const Event& in) const override;
  std::string describe() const override;

 private:
  std::int64_t channels_;
  std::shared_ptr<nn::GatedNet> net_;
};

}  // namespace pushforward::flows
