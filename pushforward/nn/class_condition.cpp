#include "pushforward/nn/class_condition.h"

#include <cmath>

#include "pushforward/core/error.h"

namespace pushforward::nn {

at::Tensor one_hot_labels(const at::Tensor& labels, std::int64_t classes, const at::TensorOptions& options) {
  PF_CHECK(labels.defined() && labels.dim() == 1 && labels.scalar_type() == at::kLong,
           "[one_hot_labels] expected labels int64 [N], got {}",
           labels.defined() ? fmt::format("{} {}", labels.toString(), labels.sizes()) : "none");
  if (labels.numel() > 0) {
    const auto least = labels.min().item<std::int64_t>(), most = labels.max().item<std::int64_t>();
    PF_CHECK(least >= 0 && most < classes, "[one_hot_labels] expected labels from 0 to {}, got {}",
             classes - 1, least < 0 ? least : most);
  }
  return at::one_hot(labels, classes).to(options);
}

at::Tensor labels_in_turn(std::int64_t n, std::int64_t classes) {
  return at::arange(n, at::kLong).remainder(classes);
}

at::Tensor condition_of(const DensityModel& model, const at::Tensor& labels,
                        const at::TensorOptions& options) {
  const auto classes = model.condition_size();
  return classes == 0 ? at::Tensor() : one_hot_labels(labels, classes, options);
}

at::Tensor class_log_prob(DensityModel& model, const at::Tensor& x, Context context) {
  const auto given = context.generator;
  const auto classes = model.condition_size();
  PF_CHECK(classes > 0, "[class_log_prob] expected a model with a condition, got one without");
  std::vector<at::Tensor> columns;
  for (std::int64_t y = 0; y < classes; ++y) {
    const auto labels = at::full({x.size(0)}, y, at::device(x.device()).dtype(at::kLong));
    context.condition = one_hot_labels(labels, classes, x.options());
    if (given) context.generator = given->clone();
    columns.push_back(model.log_prob(x, context));
  }
  return at::stack(columns, 1);
}

at::Tensor marginal_log_prob(const at::Tensor& class_log_prob) {
  return class_log_prob.logsumexp(1) - std::log(static_cast<double>(class_log_prob.size(1)));
}

at::Tensor class_posterior(const at::Tensor& class_log_prob) {
  return class_log_prob.softmax(1);
}

}  // namespace pushforward::nn
