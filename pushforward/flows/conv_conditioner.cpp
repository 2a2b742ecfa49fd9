#include "pushforward/flows/conditioner.h"
#include "pushforward/nn/conv.h"
#include "pushforward/ops/biased_relu.h"

namespace pushforward::flows {
namespace {

/// 3×3 → 1×1 → 3×3 with ReLU between. The last layer starts at zero, so a coupling starts near the identity
/// (Kingma and Dhariwal 2018, "Glow", §3.3).
class ConvNet : public nn::Module {
 public:
  ConvNet(std::int64_t in, std::int64_t hidden, std::int64_t out, at::Generator& init) {
    const auto add = [&](const char* name, std::int64_t from, std::int64_t to, std::int64_t kernel) {
      layers_.push_back(register_module(name, std::make_shared<nn::BiasedConv>(from, to, kernel, init)));
    };
    add("0", in, hidden, 3);
    add("2", hidden, hidden, 1);
    add("4", hidden, out, 3);
    const at::NoGradGuard no_grad;
    layers_.back()->weight.zero_();
  }

  at::Tensor forward(at::Tensor x) const {
    for (const auto& layer : layers_)
      x = layer == layers_.back() ? layer->forward(x)
                                  : ops::biased_relu_(layer->without_bias(x), layer->bias);
    return x;
  }

  /// Gives the last layer its biases [out].
  void start(const at::Tensor& bias) {
    const at::NoGradGuard no_grad;
    layers_.back()->bias.copy_(bias);
  }

  /// Counts two for each weight at every position: the kernels keep the image's size.
  double forward_flop(std::int64_t positions) const {
    double flop = 0;
    for (const auto& layer : layers_) flop += layer->flop() * static_cast<double>(positions);
    return flop;
  }

 private:
  std::vector<std::shared_ptr<nn::BiasedConv>> layers_;
};

/// One network "net" for all parameters, whose output's channels they share.
class ConvConditioner : public Conditioner {
 public:
  ConvConditioner(const ConditionerOptions& options, at::Generator& init) : options_(options) {
    for (const auto& parameter : options.parameters) channels_.push_back(parameter.size * options.changed);
    for (const auto channels : channels_) out_ += channels;
    net_ = std::make_shared<ConvNet>(options.kept + options.condition, options.hidden, out_, init);
    net_->start(starts_of(options));
    networks_.emplace_back("net", net_);
  }

  std::vector<at::Tensor> parameters(const at::Tensor& kept, const at::Tensor& condition) const override {
    return net_->forward(with_condition(kept, condition)).split_with_sizes(channels_, 1);
  }

  const Networks& networks() const override { return networks_; }
  double forward_flop(const Event& in) const override { return net_->forward_flop(in[1] * in[2]); }
  std::string describe() const override {
    return fmt::format("{}→{}→{}→{}", options_.kept + options_.condition, options_.hidden, options_.hidden,
                       out_);
  }

 private:
  ConditionerOptions options_;
  std::vector<std::int64_t> channels_;
  std::int64_t out_ = 0;
  std::shared_ptr<ConvNet> net_;
  Networks networks_;
};

}  // namespace

ConditionerKind conv_conditioner() {
  return {.name = "conv", .rank = 3, .make = [](const ConditionerOptions& options, at::Generator& init) {
            return std::shared_ptr<Conditioner>(std::make_shared<ConvConditioner>(options, init));
          }};
}

}  // namespace pushforward::flows
