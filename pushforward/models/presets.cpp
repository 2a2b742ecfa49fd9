#include "pushforward/models/presets.h"

#include <filesystem>
#include <utility>

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"

namespace pushforward::models {
namespace {

constexpr std::pair<const char*, const char*> embedded[] = {
#include "embedded_presets.inc"
};

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = [] {
    std::vector<Preset> list;
    for (const auto& [name, text] : embedded) {
      const std::string toml = text;
      list.push_back({name, toml.substr(2, toml.find('\n') - 2), toml});
    }
    return list;
  }();
  return all;
}

Config load_config(const std::string& preset_or_path) {
  std::vector<std::string> names;
  for (const auto& preset : presets()) {
    if (preset.name == preset_or_path) return Config::parse(preset.toml, preset.name);
    names.push_back(preset.name);
  }
  if (std::filesystem::is_regular_file(preset_or_path)) return Config::load(preset_or_path);
  throw usage("no preset or file called {}{} (presets: {})", preset_or_path,
              did_you_mean(preset_or_path, names), fmt::join(names, ", "));
}

}  // namespace pushforward::models
