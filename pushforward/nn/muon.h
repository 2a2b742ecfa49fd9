// The Muon optimiser over a module's parameters.
#pragma once

#include "pushforward/nn/optimiser.h"

namespace pushforward::nn {

/// Muon for the weights of products and convolutions, Adam for the other parameters (ops/muon.h: a
/// parameter's shape decides).
class Muon : public Optimiser {
 public:
  Muon(const Module& module, ops::MuonOptions options);

  /// "momentum.NAME" for every weight that is orthogonalised, "first_moment.NAME" and "second_moment.NAME"
  /// for the others.
  NamedTensors state() const override;

 private:
  double apply(const std::vector<at::Tensor>& gradients, std::int64_t step, double learning_rate,
               double scale) override;

  ops::MuonOptions options_;
  std::vector<std::size_t> weights_, others_;  // of all parameters, by kind
  std::vector<at::Tensor> momenta_, first_, second_;
};

}  // namespace pushforward::nn
