// The configurations that ship with the program (configs/*.toml).
#pragma once

#include <string>
#include <vector>

#include "pushforward/core/config.h"

namespace pushforward::models {

struct Preset {
  std::string name;
  std::string summary;  // the file's first comment
  std::string toml;
};

const std::vector<Preset>& presets();

/// A preset's name, or the path of a TOML file. Throws UsageError for neither.
Config load_config(const std::string& preset_or_path);

}  // namespace pushforward::models
