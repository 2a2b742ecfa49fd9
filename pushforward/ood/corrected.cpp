#include "pushforward/ood/detector.h"
#include "pushforward/ood/kinds.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {
namespace {

/// −h(x), the logit of a discriminator that tells data from the model's samples: what it has seen least of in
/// the data against the samples. Nothing is fitted.
class Discriminator final : public Detector {
 public:
  explicit Discriminator(const Outputs& model) : log_ratio_(model.log_ratio) {}

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override {
    return values_of(-tensor_of(log_ratio_(x)));
  }

 private:
  PerImage log_ratio_;
};

/// −log p(x) − h(x), which is the energy of the density that the logit corrects, up to its constant (Gutmann
/// & Hyvärinen 2010, with the model as noise). Nothing is fitted.
class Corrected final : public Detector {
 public:
  explicit Corrected(const Outputs& model) : log_prob_(model.log_prob), log_ratio_(model.log_ratio) {}

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override {
    return values_of(-(tensor_of(log_prob_(x)) + tensor_of(log_ratio_(x))));
  }

 private:
  PerImage log_prob_, log_ratio_;
};

}  // namespace

Kind discriminator_kind() {
  return {.name = "discriminator",
          .summary = "−h(x), the logit of data from the model's samples",
          .needs = {.answers = {{Answer::log_ratio}}},
          .make = make<Discriminator>};
}

Kind corrected_kind() {
  return {.name = "corrected",
          .summary = "−log p(x) − h(x)",
          .needs = {.answers = {{Answer::log_prob}, {Answer::log_ratio}}},
          .make = make<Corrected>};
}

}  // namespace pushforward::ood
