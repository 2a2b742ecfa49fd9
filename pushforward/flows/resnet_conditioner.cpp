#include <numeric>

#include "pushforward/flows/conditioner.h"
#include "pushforward/flows/pixel_features.h"
#include "pushforward/nn/gated_conv.h"

namespace pushforward::flows {
namespace {

enum class Sees { values, levels };

/// One gated residual network "net" for all parameters, whose output's channels they share.
class ResNetConditioner : public Conditioner {
 public:
  ResNetConditioner(const ConditionerOptions& options, Sees sees, at::Generator& init) : sees_(sees) {
    for (const auto& parameter : options.parameters) channels_.push_back(parameter.size * options.changed);
    net_options_ = {.in = (sees == Sees::levels ? 2 : 1) * options.kept + options.condition,
                    .hidden = options.hidden,
                    .out = std::accumulate(channels_.begin(), channels_.end(), std::int64_t{0}),
                    .layers = options.layers};
    net_ = std::make_shared<nn::GatedNet>(net_options_, init);
    networks_.emplace_back("net", net_);
  }

  std::vector<at::Tensor> parameters(const at::Tensor& kept, const at::Tensor& condition) const override {
    const auto seen = sees_ == Sees::levels ? pixel_features(kept) : kept;
    return net_->forward(with_condition(seen, condition)).split_with_sizes(channels_, 1);
  }

  const Networks& networks() const override { return networks_; }
  double forward_flop(const Event& in) const override {
    return net_->flop() * static_cast<double>(in[1] * in[2]);
  }
  std::string describe() const override {
    return fmt::format("{}→{}→{}, {} gated layers", net_options_.in, net_options_.hidden, net_options_.out,
                       net_options_.layers);
  }

 private:
  Sees sees_;
  nn::GatedNetOptions net_options_;
  std::vector<std::int64_t> channels_;
  std::shared_ptr<nn::GatedNet> net_;
  Networks networks_;
};

template <Sees sees>
std::shared_ptr<Conditioner> make(const ConditionerOptions& options, at::Generator& init) {
  return std::make_shared<ResNetConditioner>(options, sees, init);
}

}  // namespace

/// For images of any values.
ConditionerKind resnet_conditioner() {
  return {.name = "resnet", .rank = 3, .make = make<Sees::values>};
}

/// For dequantised pixels in [0, 1), of which it sees the levels (pixel_features.h).
ConditionerKind pixel_resnet_conditioner() {
  return {.name = "pixel_resnet", .rank = 3, .make = make<Sees::levels>};
}

}  // namespace pushforward::flows
