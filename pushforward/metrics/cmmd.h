// Maximum mean discrepancy of CLIP's embeddings.
#pragma once

#include <ATen/ATen.h>

#include "pushforward/metrics/kernel_discrepancy.h"

namespace pushforward::metrics {

/// Whether every row of features [N, D] has Euclidean length 1, to 1e-3.
bool of_unit_length(const at::Tensor& features);

/// 1000 · MMD² with the kernel exp(−‖x − y‖² / (2 · 10²)) of features real [N, D] and fake [M, D], each
/// divided by its Euclidean length: of the image embeddings of CLIP ViT-L/14@336 it is CMMD (Jayasumana et
/// al. 2024). The published code sums over all pairs, those of a sample with itself too, which is `biased`.
/// Interval as kernel_discrepancy has it. Throws Error as that, and for features that are all 0, with the
/// row.
KernelDiscrepancy cmmd(const at::Tensor& real, const at::Tensor& fake);

}  // namespace pushforward::metrics
