// The JSON header of a safetensors file.
#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pushforward/checkpoint/safetensors.h"

namespace pushforward::checkpoint {

/// One tensor's line in the header; [begin, end) are bytes of the data section.
struct Entry {
  std::string name;
  at::ScalarType dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

struct Header {
  std::vector<Entry> entries;  ///< In the header's order; together they tile the data section.
  Metadata metadata;
};

/// Where the eight digits of the sum stand in the headers that `format_header` writes.
inline constexpr std::string_view sum_prefix = R"({"__metadata__":{"pushforward.crc32":")";
inline constexpr std::size_t sum_digits = 8;
inline constexpr const char* sum_key = "pushforward.crc32";
inline constexpr const char* file_key = "pushforward.file";

/// throw damaged("{} is cut short", path): the message, and what to do about it.
template <typename... Args>
Damaged damaged(fmt::format_string<Args...> format, Args&&... args) {
  return Damaged(fmt::format(format, std::forward<Args>(args)...) + "; use an earlier copy of it");
}

/// Header text with eight zeros for the sum, padded so that 8 + its length is a multiple of 8.
std::string format_header(const Header& header);

/// Reads and checks a header against the size of the data that follow it. Throws Error, beginning with
/// `path`.
Header parse_header(std::string_view text, std::uint64_t data_bytes, const std::string& path);

/// A name as it may stand in a message: quoted, on one line, not endless.
std::string quote(const std::string& name);

}  // namespace pushforward::checkpoint
