// Vertical marks and notes inside a plot.
#pragma once

#include <string>
#include <vector>

#include "pushforward/report/histogram.h"
#include "pushforward/report/plot.h"

namespace pushforward::report {

/// A thin dashed line over the whole height for each marker inside the x range, its name above the axes.
std::string marker_commands(const std::vector<Marker>& markers, Interval range);

/// "no data", in a language, in the middle of the axes.
std::string no_data(const Texts& language);

}  // namespace pushforward::report
