// What every plot shares: colours, axes, numbers.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "pushforward/report/histogram.h"

namespace pushforward::report {

/// "#0072b2" … : Okabe and Ito's palette ("Color universal design", 2008), told apart by colour-blind
/// readers, then five more; starts over after twelve.
std::string_view colour(std::size_t index);

/// gnuplot's dash type for series `index`: solid for the first twelve, then dashed patterns.
int dash(std::size_t index);

/// Title, labels, light grid, quiet axes and a legend below the plot; no data. Uses title_font, and markers
/// use small_font: gnuplot variables that Figure sets in the units of each terminal.
std::string axes(std::string_view title, std::string_view x_label, std::string_view y_label);

/// One small line below the title.
std::string note_command(std::string_view note);

/// The name, cut so that what a legend adds to it stays visible.
std::string legend_name(std::string_view name);

/// "set xrange [lo:hi]" for axis "x" or "y".
std::string range_command(std::string_view axis, Interval range);

/// The finite values' extent with `padding` of it added on both sides; on a log axis only positive values
/// count and the padding is a factor. Never empty.
Interval extent(std::span<const double> values, double padding, bool log);

/// Makes axis "x" or "y" logarithmic over `range`. Within two decades 1, 2 and 5 times powers of ten are
/// labelled, and more where that gives fewer than three labels, so that no axis has to be guessed.
std::string log_command(std::string_view axis, Interval range);

/// A number that gnuplot reads back exactly.
std::string number(double value);

}  // namespace pushforward::report
