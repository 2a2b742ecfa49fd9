#include "pushforward/gans/objective.h"

#include <numbers>

#include "pushforward/core/names.h"

namespace pushforward::gans {
namespace {

at::Tensor cross_entropies(const at::Tensor& real, const at::Tensor& fake) {
  return 0.5 * (at::softplus(-real).mean() + at::softplus(fake).mean());
}

const std::vector<Objective>& objectives() {
  static const std::vector<Objective> all{minimax(), non_saturating(), least_squares(), hinge(),
                                          wasserstein()};
  return all;
}

}  // namespace

Objective minimax() {
  return {.name = "minimax",
          .output = "logit of being real",
          .critic_loss = cross_entropies,
          .generator_loss = [](const at::Tensor& fake) { return -at::softplus(fake).mean(); },
          .critic_won = 0.0,
          .critic_guessing = std::numbers::ln2};
}

Objective non_saturating() {
  auto result = minimax();
  result.name = "non_saturating";
  result.generator_loss = [](const at::Tensor& fake) { return at::softplus(-fake).mean(); };
  result.generator_won = 0.0;
  result.generator_guessing = std::numbers::ln2;
  return result;
}

Objective least_squares() {
  return {.name = "least_squares",
          .output = "1 for real, 0 for fake",
          .critic_loss =
              [](const at::Tensor& real, const at::Tensor& fake) {
                return 0.5 * ((real - 1).square().mean() + fake.square().mean());
              },
          .generator_loss = [](const at::Tensor& fake) { return 0.5 * (fake - 1).square().mean(); },
          .critic_won = 0.0,
          .critic_guessing = 0.25,
          .generator_won = 0.0,
          .generator_guessing = 0.125};
}

Objective hinge() {
  return {.name = "hinge",
          .output = "margin, above 1 for real, below −1 for fake",
          .critic_loss =
              [](const at::Tensor& real, const at::Tensor& fake) {
                return at::relu(1 - real).mean() + at::relu(1 + fake).mean();
              },
          .generator_loss = [](const at::Tensor& fake) { return -fake.mean(); },
          .critic_won = 0.0,
          .critic_guessing = 2.0};
}

Objective wasserstein() {
  return {
      .name = "wasserstein",
      .output = "critic's value, of which only differences mean something",
      .critic_loss = [](const at::Tensor& real, const at::Tensor& fake) { return fake.mean() - real.mean(); },
      .generator_loss = [](const at::Tensor& fake) { return -fake.mean(); },
      .critic_won = std::nullopt,
      .critic_guessing = 0.0,
      .estimates_distance = true};
}

std::vector<std::string> objective_names() {
  return names_of(objectives());
}

Objective objective(const std::string& name) {
  return find_named(objectives(), name, "objective");
}

}  // namespace pushforward::gans
