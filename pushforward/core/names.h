// Names that people type, and what they probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pushforward {

/// The candidate with the smallest edit distance, or "" when none is within half the name's length.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

/// ", did you mean realnvp?" or "".
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace pushforward
