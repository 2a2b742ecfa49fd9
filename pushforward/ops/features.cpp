#include "pushforward/ops/features.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/ops/layout.h"

namespace pushforward::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Indices = std::vector<std::int64_t>;

at::Tensor index_of(const Indices& rows, const at::Tensor& like) {
  return at::tensor(rows, at::TensorOptions().dtype(at::kLong)).to(like.device());
}

/// Features or channels of x, in its layout.
at::Tensor choose(const at::Tensor& x, const Indices& rows) {
  const auto index = index_of(rows, x);
  if (x.dim() == 2) return x.index_select(1, index);
  return x.permute({0, 2, 3, 1}).index_select(3, index).permute({0, 3, 1, 2});
}

/// Calls copy(place in the batch of all features, place in that of some, numbers) for the rows of a batch of
/// n.
template <typename Copy>
void each_row(const Indices& rows, std::int64_t n, const Copy& copy) {
  for (std::size_t i = 0; i < rows.size(); ++i) copy(rows[i] * n, static_cast<std::int64_t>(i) * n, n);
}

void gather(const at::Tensor& all, const Indices& rows, const at::Tensor& some) {
  const auto* from = all.data_ptr<float>();
  auto* to = some.data_ptr<float>();
  each_row(rows, all.size(0), [=](std::int64_t of_all, std::int64_t of_some, std::int64_t n) {
    std::copy_n(from + of_all, n, to + of_some);
  });
}

void scatter(const at::Tensor& some, const Indices& rows, const at::Tensor& all) {
  const auto* from = some.data_ptr<float>();
  auto* to = all.data_ptr<float>();
  each_row(rows, all.size(0), [=](std::int64_t of_all, std::int64_t of_some, std::int64_t n) {
    std::copy_n(from + of_some, n, to + of_all);
  });
}

variable_list fast_divide(const at::Tensor& x, const Partition& partition) {
  const auto columns = feature_major(x);
  const auto n = x.size(0);
  auto kept = empty_feature_major(x, n, static_cast<std::int64_t>(partition.kept.size()));
  auto changed = empty_feature_major(x, n, static_cast<std::int64_t>(partition.changed.size()));
  gather(columns, partition.kept, kept);
  gather(columns, partition.changed, changed);
  return {kept, changed};
}

at::Tensor fast_join(const at::Tensor& kept, const at::Tensor& changed, const Partition& partition) {
  auto x = empty_feature_major(kept, kept.size(0), partition.size());
  scatter(feature_major(kept), partition.kept, x);
  scatter(feature_major(changed), partition.changed, x);
  return x;
}

// The partition outlives the graph as a copy of its indices.
void save(AutogradContext* ctx, const Partition& partition) {
  ctx->saved_data["kept"] = partition.kept;
  ctx->saved_data["changed"] = partition.changed;
}

Partition saved(AutogradContext* ctx) {
  return {ctx->saved_data["kept"].toIntVector(), ctx->saved_data["changed"].toIntVector()};
}

struct Divide : torch::autograd::Function<Divide> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& x, const Partition* partition) {
    save(ctx, *partition);
    return fast_divide(x, *partition);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    return {join(grads[0], grads[1], saved(ctx)), at::Tensor()};
  }
};

struct Join : torch::autograd::Function<Join> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& kept, const at::Tensor& changed,
                            const Partition* partition) {
    save(ctx, *partition);
    return fast_join(kept, changed, *partition);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    auto [kept, changed] = divide(grads[0], saved(ctx));
    return {kept, changed, at::Tensor()};
  }
};

}  // namespace

Partition Partition::from_mask(const std::vector<bool>& mask) {
  Partition partition;
  for (std::size_t i = 0; i < mask.size(); ++i)
    (mask[i] ? partition.kept : partition.changed).push_back(static_cast<std::int64_t>(i));
  PF_CHECK(!partition.kept.empty() && !partition.changed.empty(),
           "[partition] a mask over {} features must keep some and change some", mask.size());
  return partition;
}

std::pair<at::Tensor, at::Tensor> reference::divide(const at::Tensor& x, const Partition& partition) {
  return {choose(x, partition.kept), choose(x, partition.changed)};
}

at::Tensor reference::join(const at::Tensor& kept, const at::Tensor& changed, const Partition& partition) {
  Indices place(static_cast<std::size_t>(partition.size()));
  std::int64_t next = 0;
  for (const auto* part : {&partition.kept, &partition.changed})
    for (const auto feature : *part) place[static_cast<std::size_t>(feature)] = next++;
  return choose(at::cat({kept, changed}, 1), place);
}

std::pair<at::Tensor, at::Tensor> divide(const at::Tensor& x, const Partition& partition) {
  PF_CHECK((x.dim() == 2 || x.dim() == 4) && x.size(1) == partition.size(),
           "[divide] expected x [N, {}], got {}", partition.size(), x.sizes());
  if (!is_fast(x)) return reference::divide(x, partition);
  auto parts = at::GradMode::is_enabled() ? Divide::apply(x, &partition) : fast_divide(x, partition);
  return {parts[0], parts[1]};
}

at::Tensor join(const at::Tensor& kept, const at::Tensor& changed, const Partition& partition) {
  const auto n_kept = static_cast<std::int64_t>(partition.kept.size());
  PF_CHECK((kept.dim() == 2 || kept.dim() == 4) && kept.dim() == changed.dim() &&
               kept.size(0) == changed.size(0) && kept.size(1) == n_kept &&
               changed.size(1) == partition.size() - n_kept &&
               kept.sizes().slice(2) == changed.sizes().slice(2),
           "[join] expected [N, {}] and [N, {}], got {} and {}", partition.kept.size(),
           partition.changed.size(), kept.sizes(), changed.sizes());
  if (!is_fast(kept) || !is_fast(changed)) return reference::join(kept, changed, partition);
  return at::GradMode::is_enabled() ? Join::apply(kept, changed, &partition)
                                    : fast_join(kept, changed, partition);
}

}  // namespace pushforward::ops
