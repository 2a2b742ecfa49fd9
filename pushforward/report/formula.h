// Formulas in TeX, as MathML.
#pragma once

#include <string>
#include <string_view>

namespace pushforward::report {

/// A formula in the TeX that blahtexml knows (AMS-LaTeX's mathematics) as a MathML element of a line of its
/// own, made by that program; where it is not installed, the TeX itself as code. Throws Error with the
/// program's words for a formula that it cannot read.
std::string to_mathml(std::string_view tex);

}  // namespace pushforward::report
