// What an option's value may be, looked at before any work and said alike by every verb.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace pushforward::cli {

/// "expected a whole number from 1 to 1,024, found 0"
CLI::Validator between(std::int64_t least, std::int64_t most);
CLI::Validator at_least(std::int64_t least);

/// "expected a number from 0 to 100, found nan"
CLI::Validator between_numbers(double least, double most);
/// "expected a number above 0, found -1"
CLI::Validator above_zero();

/// "expected a name, found nothing": of a file or folder.
CLI::Validator a_name();

/// "expected one of last, best, found lsat, did you mean last?"
CLI::Validator one_of(const std::vector<std::string>& names);

/// "expected a file ending in .png or .svg, found x.gif"
CLI::Validator ending_in(const std::vector<std::string>& extensions);

}  // namespace pushforward::cli
