// Text on its way into a terminal, an HTML page or a data URI.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pushforward::report {

/// The text with invalid UTF-8 and control characters (newline and tab excepted) replaced by U+FFFD, so
/// that names taken from hostile files can be shown anywhere.
std::string printable(std::string_view text);

/// printable(), with & < > " ' as entities: safe as element text and inside a quoted attribute.
std::string escape_html(std::string_view text);

/// Columns that the UTF-8 text takes on a terminal: combining marks 0, East Asian wide and emoji 2.
std::size_t display_width(std::string_view text);

/// printable(), cut to at most `columns` (≥ 1) of display width with "…" at the end when it is longer.
std::string elided(std::string_view text, std::size_t columns);

/// Whether it has a letter of Hebrew or Arabic script, that is, of Persian: such text runs right to left.
bool runs_right_to_left(std::string_view text);

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);

/// 1234567 → "1,234,567".
std::string with_thousands(long long value);

}  // namespace pushforward::report
