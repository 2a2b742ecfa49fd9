// The three plots that a generative model is judged by: curves, histograms, ROC.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "pushforward/report/figure.h"

namespace pushforward::report {

/// y over x as a line; a non-finite x or y (or y ≤ 0 on a log axis) leaves a gap. `low` and `high`, both
/// of x's length or both empty, shade a band around it.
struct Series {
  std::string name;
  std::vector<double> x, y;
  std::vector<double> low = {}, high = {};
};

/// A dashed vertical line, for instance an epoch or a threshold.
struct Marker {
  double x = 0;
  std::string name = {};
};

struct CurvePlot {
  std::string title, x_label, y_label;
  std::vector<Series> series;
  std::vector<Marker> markers = {};
  bool log_y = false;
};

struct Sample {
  std::string name;
  std::vector<double> values;
};

struct HistogramPlot {
  std::string title, x_label;
  std::vector<Sample> samples;  ///< the first is the one the others are held against
  std::vector<Marker> markers = {};
  int bins = 80;
};

/// Points of increasing false-positive rate, and the area with its 95 % half-width (NaN: not shown).
struct RocCurve {
  std::string name;
  std::vector<double> false_positive_rate, true_positive_rate;
  double auroc = std::numeric_limits<double>::quiet_NaN();
  double half_width95 = std::numeric_limits<double>::quiet_NaN();
};

struct RocPlot {
  std::string title;
  std::vector<RocCurve> curves;
};

/// Long series are thinned to what can be seen (thin.h). A series without a drawable point stays in the
/// legend as "no data". Throws Error when x and y, or a band, differ in length.
Figure draw(const CurvePlot& plot);

/// Overlaid densities over shared bins (histogram.h). The axis follows the bulk of the samples; the share
/// of a sample that lies beyond it, and its NaNs, are stated in the legend.
Figure draw(const HistogramPlot& plot);

/// Square axes with the diagonal of a coin toss. Throws Error when the rates differ in length.
Figure draw(const RocPlot& plot);

}  // namespace pushforward::report
