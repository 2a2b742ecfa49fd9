// The plots that a generative model is judged by: curves, histograms, ROC, samples in the plane.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "pushforward/report/figure.h"
#include "pushforward/report/texts.h"

namespace pushforward::report {

/// y over x as a line; a non-finite x or y (or one ≤ 0 on a log axis) leaves a gap. `low` and `high`, both
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
  bool log_y = false, log_x = false;
  std::string note = {};  ///< one line under the title: what the curves mean, which way is better
};

/// A noisy series, say of every step's loss, as its median by bucket of equally many points, with the band
/// from the 10th to the 90th percentile; x is the mean of the bucket's. Points that are not finite are left
/// out, unless a bucket has no others: then it is a gap. A series of at most `buckets` points, or one that
/// has a band, is returned as it is.
Series banded(const Series& series, std::size_t buckets = 200);

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
  std::string note = {};  ///< one line under the title: which class is positive
};

struct Point {
  double x = 0, y = 0;
};

/// Points in the plane of data and of samples, or a density there, side by side on the same axes.
struct ScatterPanel {
  std::string name;
  std::vector<Point> points;
  /// In the place of points: log p at each of those given, in nats.
  std::function<std::vector<double>(const std::vector<Point>&)> log_density = {};
};

struct ScatterPlot {
  std::string title, x_label, y_label;
  std::vector<ScatterPanel> panels;  ///< the first, of data, sets the axes; two in the usual case
  std::vector<Point> centres = {};   ///< of known modes: a ring each, in every panel
  bool diagonal = false;             ///< draws y = x, where both axes are of one unit
  std::string note = {};
};

/// Each draws with the few words that it says itself, such as "density", in `language`.
///
/// Long series are thinned to what can be seen (thin.h). A series without a drawable point stays in the
/// legend as "no data". Throws Error when x and y, or a band, differ in length.
Figure draw(const CurvePlot& plot, const Texts& language = Texts::of("en"));

/// Overlaid densities over shared bins (histogram.h). The axis follows the bulk of the samples; the share
/// of a sample that lies beyond it, and its NaNs, are stated in the legend; where that is the bulk, the
/// sample's name stands at the edge too.
Figure draw(const HistogramPlot& plot, const Texts& language = Texts::of("en"));

/// Square panels of equal scale. Up to 2,000 points are drawn as points; of more, and of a density, the share
/// of each of many cells is drawn, dark where dense, on one scale for all panels. Axes hold the middle 99.8 %
/// of the first panel's points and a margin; the share of a panel's points that lies beyond them, and its
/// points that are not finite, are stated in its title. Throws Error without a panel and for more than four.
Figure draw(const ScatterPlot& plot, const Texts& language = Texts::of("en"));

/// Square axes with the diagonal of a coin toss; the legend gives each area with its half-width, and of one
/// too near to 1 or 0 for four decimals the bound. Throws Error when the rates differ in length.
Figure draw(const RocPlot& plot, const Texts& language = Texts::of("en"));

}  // namespace pushforward::report
