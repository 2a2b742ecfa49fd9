#include "pushforward/nn/class_condition.h"

#include "tests/nn/gaussian.h"

#include "pushforward/nn/maximum_likelihood.h"

namespace pushforward::nn {
namespace {

/// N(means[y], I) given the one-hot of y.
class GaussianOfClass : public DensityModel {
 public:
  explicit GaussianOfClass(const at::Tensor& start) { means = register_parameter("means", start.clone()); }

  at::Tensor log_prob(const at::Tensor& x, const Context& context) override {
    const auto z = x - context.condition.matmul(means.to(x.scalar_type()));
    return (-0.5 * z.square() - 0.5 * std::log(2 * std::numbers::pi)).sum(1);
  }
  at::Tensor sample(std::int64_t n, double temperature, at::Generator generator,
                    const Context& context) override {
    const at::NoGradGuard no_grad;
    const auto noise = at::empty({n, means.size(1)}).normal_(0.0, 1.0, generator);
    return context.condition.matmul(means) + temperature * noise;
  }
  std::string first_non_finite(const at::Tensor&, const Context& context) override {
    return context.condition.defined() ? "a class" : "";
  }
  std::int64_t condition_size() const override { return means.size(0); }

  at::Tensor means;  // [K, D]
};

const at::Tensor corners() {
  return at::tensor({0.F, 0.F, 3.F, 0.F, 0.F, 3.F}).view({3, 2});
}

/// 300 points about the corners in turn, and whose they are.
Batch about_corners() {
  const auto labels = labels_in_turn(300, 3);
  return {corners().index_select(0, labels) + normal({300, 2}, 1), labels};
}

TEST(ClassCondition, LabelsAreRowsOfTheUnitMatrix) {
  const auto labels = at::tensor({2, 0, 1}, at::kLong);
  const auto rows = one_hot_labels(labels, 4, at::kDouble);
  EXPECT_EQ(rows.scalar_type(), at::kDouble);
  EXPECT_TRUE(identical(rows, at::eye(4, at::kDouble).index_select(0, labels)));
  EXPECT_EQ(one_hot_labels(at::empty({0}, at::kLong), 4).sizes(), (at::IntArrayRef{0, 4}));
  EXPECT_TRUE(identical(labels_in_turn(5, 3), at::tensor({0, 1, 2, 0, 1}, at::kLong)));
  EXPECT_FALSE(condition_of(Gaussian(2), labels).defined()) << "it takes none";

  expect_says([&] { one_hot_labels(labels, 2); }, "[one_hot_labels] expected labels from 0 to 1, got 2");
  expect_says([&] { one_hot_labels(labels - 1, 4); }, "[one_hot_labels] expected labels from 0 to 3, got -1");
  expect_says([&] { one_hot_labels({}, 4); }, "[one_hot_labels] expected labels int64 [N], got none");
  expect_says([&] { one_hot_labels(labels.to(at::kFloat), 4); },
              "[one_hot_labels] expected labels int64 [N], got ");
}

TEST(ClassCondition, MarginalAndPosteriorAreThoseOfTheMixture) {
  GaussianOfClass model(corners());
  const auto x = 2 * normal({50, 2}, 3, at::kDouble);
  const auto given = class_log_prob(model, x);
  ASSERT_EQ(given.sizes(), (at::IntArrayRef{50, 3}));
  const auto squares = (x.unsqueeze(1) - corners().to(at::kDouble)).square().sum(2);
  const auto densities = (-0.5 * squares).exp() / (2 * std::numbers::pi);
  EXPECT_LT(difference(given, densities.log()), 1e-12);
  EXPECT_LT(difference(marginal_log_prob(given), densities.mean(1).log()), 1e-12);
  EXPECT_LT(difference(class_posterior(given), densities / densities.sum(1, true)), 1e-12);
  EXPECT_LT(difference(marginal_log_prob(given - 1e4), marginal_log_prob(given) - 1e4), 1e-9)
      << "where densities underflow";
  Gaussian plain(2);
  expect_says([&] { class_log_prob(plain, x); }, "[class_log_prob] expected a model with a condition");
}

TEST(ClassCondition, MaximumLikelihoodLearnsEveryClass) {
  const auto model = std::make_shared<GaussianOfClass>(at::zeros({3, 2}));
  MaximumLikelihood step(model, {});
  const auto batch = about_corners();
  for (std::int64_t i = 0; i < 300; ++i) step.step(batch, {.step = i, .learning_rate = 0.05});
  for (std::int64_t y = 0; y < 3; ++y)
    EXPECT_LT(difference(model->means[y], batch.values.slice(0, y, 300, 3).mean(0)), 0.02) << y;
  const auto expected = model->log_prob(batch.values, {.condition = one_hot_labels(batch.labels, 3)}).mean();
  EXPECT_NEAR(step.evaluate(batch)[0].second, expected.item<double>(), 1e-6);

  const auto samples = step.sample(3000, generator(1));
  for (std::int64_t y = 0; y < 3; ++y)
    EXPECT_LT(difference(samples.slice(0, y, 3000, 3).mean(0), model->means[y]), 0.1) << "classes in turn";
}

TEST(ClassCondition, MaximumLikelihoodNeedsItsLabels) {
  MaximumLikelihood step(std::make_shared<GaussianOfClass>(corners()), {});
  auto batch = about_corners();
  const StepInfo first{.step = 0, .learning_rate = 0.05};
  const auto before = copy(step.state());
  expect_says([&] { step.step({batch.values}, first); },
              "[one_hot_labels] expected labels int64 [N], got none");
  expect_says([&] { step.evaluate({batch.values}); }, "[one_hot_labels] expected labels int64 [N], got none");
  expect_says([&] { step.step({batch.values, batch.labels + 1}, first); }, "from 0 to 2, got 3");
  batch.values[0][0] = std::nan("");
  expect_says([&] { step.step(batch, first); }, "the log-likelihood is nan, first in a class");
  expect_identical(step.state(), before);
}

}  // namespace
}  // namespace pushforward::nn
