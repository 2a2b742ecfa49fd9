#include "pushforward/flows/conditioner.h"
#include "pushforward/nn/mlp.h"
#include "pushforward/nn/size.h"

namespace pushforward::flows {
namespace {

/// "64" or, of several layers, "64×2".
std::string units(const ConditionerOptions& options) {
  return options.depth == 1 ? fmt::format("{}", options.hidden)
                            : fmt::format("{}×{}", options.hidden, options.depth);
}

/// For each parameter a network "NAME_net".
class MlpConditioner : public Conditioner {
 public:
  MlpConditioner(const ConditionerOptions& options, at::Generator& init) : options_(options) {
    for (const auto& parameter : options.parameters) {
      std::vector<std::int64_t> sizes(static_cast<std::size_t>(options.depth + 2), options.hidden);
      sizes.front() = options.kept + options.condition;
      sizes.back() = parameter.size * options.changed;
      // A first matrix starts as that of all features, of which only the live columns are stored.
      nets_.push_back(std::make_shared<nn::Mlp>(
          nn::MlpOptions{.sizes = sizes, .fan_in = options.kept + options.changed + options.condition},
          init));
      networks_.emplace_back(parameter.name + "_net", nets_.back());
      if (parameter.start.empty()) continue;
      const at::NoGradGuard no_grad;
      nets_.back()->layers.back()->bias.add_(
          starts_of({.changed = options.changed, .parameters = {parameter}}));
    }
  }

  std::vector<at::Tensor> parameters(const at::Tensor& kept, const at::Tensor& condition) const override {
    const auto in = with_condition(kept, condition);
    std::vector<at::Tensor> all(nets_.size());
    // The last first: backward() then adds the gradients of `kept` in the order of the networks.
    for (auto i = nets_.size(); i-- > 0;) all[i] = nets_[i]->forward(in);
    return all;
  }

  const Networks& networks() const override { return networks_; }

  double forward_flop(const Event&) const override {
    double flop = 0;
    for (const auto& net : nets_) flop += nn::matrix_flop(*net);
    return flop;
  }

  std::string describe() const override {
    return fmt::format("{}→{}→{}", options_.kept + options_.condition, units(options_), options_.changed);
  }

 private:
  ConditionerOptions options_;
  std::vector<std::shared_ptr<nn::Mlp>> nets_;
  Networks networks_;
};

}  // namespace

ConditionerKind mlp_conditioner() {
  return {.name = "mlp", .rank = 1, .make = [](const ConditionerOptions& options, at::Generator& init) {
            return std::shared_ptr<Conditioner>(std::make_shared<MlpConditioner>(options, init));
          }};
}

}  // namespace pushforward::flows
