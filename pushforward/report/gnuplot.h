// gnuplot, driven as a program.
#pragma once

#include <string>
#include <string_view>

namespace pushforward::report {

/// Runs `script` through a fresh gnuplot (no start-up files) and returns what it wrote to its standard
/// output. Throws Error with gnuplot's own message when it fails or warns, and one that names the Debian
/// package when the program is missing.
std::string run_gnuplot(const std::string& script);

/// The text as a gnuplot string literal. Single-quoted, so nothing in it is expanded or executed;
/// line breaks become spaces.
std::string gnuplot_quote(std::string_view text);

}  // namespace pushforward::report
