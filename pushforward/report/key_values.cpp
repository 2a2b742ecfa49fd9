#include "pushforward/report/key_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "pushforward/report/text.h"

namespace pushforward::report {
namespace {

struct Show {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& value) const { return value; }
};

}  // namespace

KeyValues key_values(const Config& config) {
  KeyValues pairs;
  for (const auto& [key, value] : config.values()) pairs.emplace_back(key, std::visit(Show{}, value));
  return pairs;
}

std::string to_text(const KeyValues& pairs) {
  std::size_t widest = 0;
  for (const auto& [key, value] : pairs) widest = std::max(widest, display_width(key));
  std::string out;
  for (const auto& [key, value] : pairs)
    out += printable(key) + std::string(widest - display_width(key) + 2, ' ') + printable(value) + "\n";
  return out;
}

Json to_json(const KeyValues& pairs) {
  Json out = Json::object();
  for (const auto& [key, value] : pairs) out[printable(key)] = printable(value);
  return out;
}

}  // namespace pushforward::report
