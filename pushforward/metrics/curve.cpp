#include "pushforward/core/error.h"
#include "pushforward/metrics/roc.h"

namespace pushforward::metrics {

std::vector<RocPoint> roc_curve(const Counts& counts) {
  double n_in = 0, n_out = 0;
  for (const auto count : counts.in) n_in += count;
  for (const auto count : counts.out) n_out += count;

  std::vector<RocPoint> curve = {{0, 0}};
  double seen_in = 0, seen_out = 0, step_in = 0, step_out = 0;
  for (std::size_t k = 0; k < counts.in.size(); ++k) {
    const double in = counts.in[k], out = counts.out[k];
    const bool straight_on = curve.size() > 1 && in * step_out == out * step_in;
    if (straight_on) curve.pop_back();
    seen_in += in;
    seen_out += out;
    curve.push_back({seen_in / n_in, seen_out / n_out});
    step_in = in;
    step_out = out;
  }
  return curve;
}

std::vector<RocPoint> decimate(const std::vector<RocPoint>& curve, std::size_t limit) {
  PF_CHECK(limit >= 2, "[decimate] expected a limit of at least 2 points, got {}", limit);
  if (curve.size() <= limit) return curve;
  std::vector<RocPoint> points = {curve.front()};
  const double step = 2 / static_cast<double>(limit - 1);  // fpr + tpr grows from 0 to 2
  for (std::size_t i = 1; i + 1 < curve.size() && points.size() + 1 < limit; ++i)
    if (curve[i].fpr + curve[i].tpr >= step * static_cast<double>(points.size())) points.push_back(curve[i]);
  points.push_back(curve.back());
  return points;
}

}  // namespace pushforward::metrics
