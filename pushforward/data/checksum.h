// Sums of files, to compare with published ones and to tell one content from another.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace pushforward::data {

/// 32 lower-case hexadecimal digits: what data sets publish, no defence against forgery. Throws Error when
/// the file cannot be read.
std::string md5_of_file(const std::filesystem::path& path);

/// 64 lower-case hexadecimal digits. Throws Error when the file cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

/// The same of bytes in memory.
std::string sha256(std::string_view bytes);

}  // namespace pushforward::data
