#include "pushforward/nn/muon.h"

#include <cmath>

namespace pushforward::nn {
namespace {

std::vector<at::Tensor> chosen(const std::vector<at::Tensor>& tensors,
                               const std::vector<std::size_t>& indices) {
  std::vector<at::Tensor> result;
  result.reserve(indices.size());
  for (const auto i : indices) result.push_back(tensors[i]);
  return result;
}

}  // namespace

Muon::Muon(const Module& module, ops::MuonOptions options) : Optimiser(module), options_(options) {
  for (std::size_t i = 0; i < parameters().size(); ++i)
    (ops::is_orthogonalised(parameters()[i]) ? weights_ : others_).push_back(i);
  momenta_ = chosen(zeros(), weights_);
  first_ = chosen(zeros(), others_);
  second_ = chosen(zeros(), others_);
}

double Muon::apply(const std::vector<at::Tensor>& gradients, std::int64_t step, double learning_rate,
                   double scale) {
  auto options = options_;
  options.learning_rate = options.adam.learning_rate = learning_rate;
  options.adam.gradient_scale = scale;
  auto of_products = chosen(gradients, weights_);
  if (scale != 1)
    for (auto& g : of_products) g = g * scale;
  const double of_weights = ops::muon_step(chosen(parameters(), weights_), of_products, momenta_, options);
  const double of_others = ops::adam_step(chosen(parameters(), others_), chosen(gradients, others_), first_,
                                          second_, step, options.adam);
  return std::hypot(of_weights, of_others);
}

NamedTensors Muon::state() const {
  NamedTensors state;
  const auto append = [&](const char* prefix, const std::vector<std::size_t>& indices,
                          const std::vector<at::Tensor>& tensors) {
    for (std::size_t i = 0; i < indices.size(); ++i)
      state.emplace_back(prefix + names()[indices[i]], tensors[i]);
  };
  append("momentum.", weights_, momenta_);
  append("first_moment.", others_, first_);
  append("second_moment.", others_, second_);
  return state;
}

}  // namespace pushforward::nn
