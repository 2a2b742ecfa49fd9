// The memory layouts of batches, of vectors and of images, from the first layer to the last.
#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace pushforward::ops {

/// A batch x [N, D] is kept feature-major: element (n, d) at d·N + n, that is strides (1, N). With samples
/// as columns, y = W x, dx = Wᵀ dy and dW = dy xᵀ all run at full speed on weights as they are stored;
/// choosing features is choosing rows. The shape never changes, only the strides.
inline bool is_feature_major(const at::Tensor& x) {
  return x.dim() == 2 && x.t().is_contiguous();
}

/// x [N, D] in that layout; the same tensor when it already is.
inline at::Tensor feature_major(const at::Tensor& x) {
  return is_feature_major(x) ? x : x.t().contiguous().t();
}

/// An uninitialised [n, d] in that layout, of x's type and device.
inline at::Tensor empty_feature_major(const at::Tensor& x, std::int64_t n, std::int64_t d) {
  return at::empty({d, n}, x.options().requires_grad(false)).t();
}

/// Images x [N, C, H, W] with channels innermost; the same tensor when it already is. Convolutions and what
/// goes along channels keep images so.
inline at::Tensor channels_last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

/// A batch in the layout of its rank: [N, D] feature-major, [N, C, H, W] channels last.
inline at::Tensor laid_out(const at::Tensor& x) {
  return x.dim() == 4 ? channels_last(x) : feature_major(x);
}

/// Σ over all but the first axis: x [N, …] → [N].
inline at::Tensor sum_by_example(const at::Tensor& x) {
  return x.dim() == 4 ? x.sum(at::IntArrayRef{1, 2, 3}) : x.sum(1);
}

/// Whether the kernels of this room take a tensor, of whatever shape theirs is: float32 on this CPU, and not
/// empty. Everything else goes the composed ATen way.
inline bool runs_here(const at::Tensor& x) {
  return x.device().is_cpu() && x.scalar_type() == at::kFloat && x.numel() > 0;
}

/// The same of a batch [N, D].
inline bool is_fast(const at::Tensor& x) {
  return runs_here(x) && x.dim() == 2;
}

/// A tensor that may be undefined as a list of none or one: autograd functions take no undefined tensor.
inline std::vector<at::Tensor> none_or_one(const at::Tensor& x) {
  return x.defined() ? std::vector<at::Tensor>{x} : std::vector<at::Tensor>{};
}

}  // namespace pushforward::ops
