#include <numeric>

#include "pushforward/flows/conditioner.h"
#include "pushforward/nn/gated_conv.h"

namespace pushforward::flows {
namespace {

/// One gated residual network "net" for all parameters, whose output's channels they share.
class ResNetConditioner : public Conditioner {
 public:
  ResNetConditioner(const ConditionerOptions& options, at::Generator& init) {
    for (const auto& parameter : options.parameters) channels_.push_back(parameter.size * options.changed);
    net_options_ = {.in = options.kept + options.condition,
                    .hidden = options.hidden,
                    .out = std::accumulate(channels_.begin(), channels_.end(), std::int64_t{0}),
                    .layers = options.depth};
    net_ = std::make_shared<nn::GatedNet>(net_options_, init);
    const at::NoGradGuard no_grad;
    net_->bias().copy_(starts_of(options));
    networks_.emplace_back("net", net_);
  }

  std::vector<at::Tensor> parameters(const at::Tensor& kept, const at::Tensor& condition) const override {
    return net_->forward(with_condition(kept, condition)).split_with_sizes(channels_, 1);
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
  nn::GatedNetOptions net_options_;
  std::vector<std::int64_t> channels_;
  std::shared_ptr<nn::GatedNet> net_;
  Networks networks_;
};

}  // namespace

ConditionerKind resnet_conditioner() {
  return {.name = "resnet", .rank = 3, .make = [](const ConditionerOptions& options, at::Generator& init) {
            return std::shared_ptr<Conditioner>(std::make_shared<ResNetConditioner>(options, init));
          }};
}

}  // namespace pushforward::flows
