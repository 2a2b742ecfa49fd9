// Names that people type, and what they probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pushforward {

/// The candidate that the fewest slips lead to (a letter too many, too few, another, or two swapped), or ""
/// when none is near: one slip for every three letters, of a key "section.name" those after the dot.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

/// ", did you mean realnvp?" or "".
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace pushforward
