#include "pushforward/report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "pushforward/core/text.h"

namespace pushforward::report {
namespace {

bool within(char32_t code, const auto& ranges) {
  for (const auto& [first, last] : ranges)
    if (code >= first && code <= last) return true;
  return false;
}

using Range = std::pair<char32_t, char32_t>;
constexpr std::array<Range, 8> zero_width{{{0x0300, 0x036F},
                                           {0x1AB0, 0x1AFF},
                                           {0x200B, 0x200F},
                                           {0x202A, 0x202E},
                                           {0x2060, 0x2069},
                                           {0x20D0, 0x20FF},
                                           {0xFE00, 0xFE0F},
                                           {0xFE20, 0xFE2F}}};
constexpr std::array<Range, 9> double_width{{{0x1100, 0x115F},
                                             {0x2E80, 0x303E},
                                             {0x3041, 0xA4CF},
                                             {0xAC00, 0xD7A3},
                                             {0xF900, 0xFAFF},
                                             {0xFE30, 0xFE6F},
                                             {0xFF00, 0xFF60},
                                             {0x1F300, 0x1FAFF},
                                             {0x20000, 0x3FFFD}}};

std::size_t columns_of(char32_t code) {
  return within(code, zero_width) ? 0 : within(code, double_width) ? 2 : 1;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [code, length] = decode(text);
    if ((is_control(code) && code != '\n' && code != '\t') || code == no_code_point)
      out += "\uFFFD";
    else
      out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto [code, length] = decode(text);
    width += columns_of(code);
    text.remove_prefix(length);
  }
  return width;
}

std::string elided(std::string_view text, std::size_t columns) {
  std::string whole = printable(text);
  if (display_width(whole) <= columns) return whole;
  std::string_view rest = whole;
  std::size_t width = 1;
  while (!rest.empty()) {
    const auto [code, length] = decode(rest);
    width += columns_of(code);
    if (width > columns) break;
    rest.remove_prefix(length);
  }
  return whole.substr(0, whole.size() - rest.size()) + "…";
}

bool runs_right_to_left(std::string_view text) {
  // The first bytes in UTF-8 of U+05C0 to U+06FF.
  return std::ranges::any_of(text, [](char c) { return c >= '\xD7' && c <= '\xDB'; });
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t block = 0;
    for (std::size_t j = 0; j < 3; ++j)
      block = (block << 8) | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) out += j <= count ? digits[(block >> (18 - 6 * j)) & 63] : '=';
  }
  return out;
}

std::string with_thousands(long long value) {
  std::string digits = fmt::format("{}", value);
  const std::ptrdiff_t first = value < 0 ? 1 : 0;
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > first; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

}  // namespace pushforward::report
