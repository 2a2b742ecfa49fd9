// MD5 of files, to compare with what data sets publish. Not a defence against forgery.
#pragma once

#include <filesystem>
#include <string>

namespace pushforward::data {

/// 32 lower-case hexadecimal digits. Throws Error when the file cannot be read.
std::string md5_of_file(const std::filesystem::path& path);

}  // namespace pushforward::data
