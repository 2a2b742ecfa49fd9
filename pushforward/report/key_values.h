// Names and what they are, in order: a configuration, a machine.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pushforward/core/config.h"
#include "pushforward/core/json.h"

namespace pushforward::report {

using KeyValues = std::vector<std::pair<std::string, std::string>>;

/// Everything read so far from the configuration.
KeyValues key_values(const Config& config);

/// "key   value" lines, values aligned.
std::string to_text(const KeyValues& pairs);
Json to_json(const KeyValues& pairs);

}  // namespace pushforward::report
