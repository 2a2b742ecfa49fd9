// Whether generated samples are copies of what their model was trained on.
#pragma once

#include <ATen/ATen.h>

#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

struct Memorisation {
  /// Share of fakes that are authentic: farther from the nearest training sample than that is from the
  /// nearest other training sample (Alaa et al. 2022). 0 for copies.
  Interval authenticity;
  /// The same of held-out samples, which are no copies: what there is to reach.
  Interval held_out_authenticity;
  /// P(a fake is farther from the nearest training sample than a held-out one is), ties counting ½: below ½
  /// for copies, above for samples that leave the training set's support.
  Interval farther;
  /// C_T (Meehan et al. 2020) with one cell, the Mann-Whitney statistic of `farther` in standard
  /// deviations of what it is by chance: (farther − ½) √(12 n m / (n + m + 1)) for n held-out samples and m
  /// fakes. About N(0, 1) when both are of one distribution; below −3 the model copies. Grows with n and m.
  Interval copying;
};

/// Compares features of a training set [N, D], held-out samples [n, D] of the same distribution and fakes
/// [m, D], by exact nearest neighbours. A copy of a training sample that has a double is no more authentic
/// than one of any other.
///
/// Intervals take the training set as it is: Wilson's of the shares, and of `farther` as `roc` has it, which
/// `copying` is a line of. Copies in one region are diluted by the others: the paper's cells are not made.
/// Throws Error for other shapes, fewer than two training samples, none of the others, and numbers that are
/// not finite.
Memorisation memorisation(const at::Tensor& train, const at::Tensor& held_out, const at::Tensor& fake);

}  // namespace pushforward::metrics
