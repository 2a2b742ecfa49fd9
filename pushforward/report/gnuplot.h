// gnuplot, driven as a program.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pushforward::report {

/// Runs `script` through a fresh gnuplot (no start-up files) and returns what it wrote to its standard
/// output. Throws Error with gnuplot's own message when it fails, and one that names the Debian package when
/// the program is missing; says its warnings.
std::string run_gnuplot(const std::string& script);

/// The text as a gnuplot string literal. Single-quoted, so nothing in it is expanded or executed;
/// apostrophes become ’ (gnuplot 5.4 misreads a literal that begins with a doubled one), line breaks spaces.
/// Text that runs right to left (text.h) is isolated as such, so that Latin and formulas in it stand where
/// its reader expects them. Cut to `columns` of display width, so that no name pushes the plot aside.
std::string gnuplot_quote(std::string_view text, std::size_t columns = 72);

}  // namespace pushforward::report
