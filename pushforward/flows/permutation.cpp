#include "pushforward/flows/permutation.h"

#include <fmt/ranges.h>

#include <numeric>

#include "pushforward/core/error.h"

namespace pushforward::flows {
namespace {

/// Features or channels of x, in its layout.
at::Tensor chosen(const at::Tensor& x, const at::Tensor& index) {
  if (x.dim() == 2) return x.t().index_select(0, index).t();
  return x.permute({0, 2, 3, 1}).index_select(3, index).permute({0, 3, 1, 2});
}

Transformed moved(const at::Tensor& x, const at::Tensor& index) {
  return {chosen(x, index), at::zeros({x.size(0)}, x.options().requires_grad(false))};
}

bool is_order(const at::Tensor& order) {
  return std::get<0>(order.sort()).equal(at::arange(order.size(0), order.options()));
}

}  // namespace

Permutation::Permutation(const std::vector<std::int64_t>& order) {
  const auto index = at::tensor(order, at::kLong);
  PF_CHECK(!order.empty() && is_order(index), "[permutation] expected each of 0 … {} once, got [{}]",
           static_cast<std::int64_t>(order.size()) - 1, fmt::join(order, ", "));
  order_ = register_buffer("order", index.to(at::kFloat));
}

at::Tensor Permutation::order() const {
  PF_CHECK(is_order(order_), "[permutation] the state's order has not each of 0 … {} once",
           order_.size(0) - 1);
  return order_.to(at::kLong);
}

Transformed Permutation::forward(const at::Tensor& x, const Context&) {
  return moved(x, order());
}

Transformed Permutation::inverse(const at::Tensor& y, const Context&) {
  return moved(y, order().argsort());
}

Event Permutation::output(const Event& in) const {
  PF_CHECK((in.size() == 1 || in.size() == 3) && in[0] == order_.size(0),
           "[permutation] expected {} features or channels, got {}", order_.size(0), in);
  return in;
}

std::string Permutation::describe() const {
  return fmt::format("permutation of {}", order_.size(0));
}

std::vector<std::int64_t> reversed_order(std::int64_t dims) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(dims));
  std::iota(order.rbegin(), order.rend(), 0);
  return order;
}

}  // namespace pushforward::flows
