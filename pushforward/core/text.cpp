#include "pushforward/core/text.h"

#include <fmt/format.h>

namespace pushforward {
namespace {

// Of bytes that are not UTF-8: the code points of private use that stand for 0x80 … 0xFF.
constexpr char32_t first_byte = 0xEF80, last_byte = 0xEFFF;

bool is_byte(char32_t code) {
  return code >= first_byte && code <= last_byte;
}

/// U+EF80 … U+EFFF in UTF-8.
std::string byte_as_utf8(unsigned char byte) {
  return {'\xEE', static_cast<char>(0xBC | byte >> 6), static_cast<char>(0x80 | (byte & 0x3F))};
}

/// Whether the code point at the front is no more than a byte that is not UTF-8.
bool is_broken(char32_t code, std::size_t length) {
  return code == no_code_point && length == 1;
}

}  // namespace

std::pair<char32_t, std::size_t> decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {no_code_point, 1};
  char32_t code = lead & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {no_code_point, 1};
    code = (code << 6) | (byte(i) & 0x3F);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return {no_code_point, 1};
  return {code, length};
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (; !text.empty();) {
    const auto [code, length] = decode(text);
    if (code == '\n')
      out += "\\n";
    else if (code == '\t')
      out += "\\t";
    else if (is_broken(code, length))
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    else if (is_control(code))
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(code));
    else
      out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

std::string to_utf8(std::string_view bytes) {
  std::string out;
  for (; !bytes.empty();) {
    const auto [code, length] = decode(bytes);
    if (is_broken(code, length) || is_byte(code))
      for (const char byte : bytes.substr(0, length)) out += byte_as_utf8(static_cast<unsigned char>(byte));
    else
      out += bytes.substr(0, length);
    bytes.remove_prefix(length);
  }
  return out;
}

bool has_bytes(std::string_view text) {
  return text.find("\xEE\xBE") != std::string_view::npos || text.find("\xEE\xBF") != std::string_view::npos;
}

std::string from_utf8(std::string_view text) {
  std::string out;
  for (; !text.empty();) {
    const auto [code, length] = decode(text);
    if (is_byte(code))
      out += static_cast<char>(code & 0xFF);
    else
      out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace pushforward
