// Bytes, UTF-8 and what a terminal may be shown: a file's name is bytes, which need not be text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace pushforward {

inline constexpr char32_t no_code_point = 0xFFFD;

/// The code point at the front of `text` (not empty) and the bytes it takes; no_code_point and 1 where it is
/// not UTF-8.
std::pair<char32_t, std::size_t> decode(std::string_view text);

/// C0, DEL and C1: what moves a cursor or changes a terminal.
bool is_control(char32_t code);

/// Text for a terminal, on one line: control characters and bytes that are not UTF-8 are escaped, "\n",
/// "\x1b".
std::string escaped(std::string_view text);

/// Any bytes as UTF-8, for JSON and TOML, which hold nothing else: a byte that is not UTF-8 becomes the code
/// point U+EF00 + byte, as do the bytes of those code points themselves. `from_utf8` brings the bytes back.
std::string to_utf8(std::string_view bytes);
std::string from_utf8(std::string_view text);
/// Whether `from_utf8` would change a text.
bool has_bytes(std::string_view text);

}  // namespace pushforward
