#include "pushforward/core/config.h"

#include <toml++/toml.h>

#include <set>
#include <sstream>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/names.h"
#include "pushforward/core/text.h"

namespace pushforward {
namespace {

void flatten(const toml::table& table, const std::string& prefix, const std::string& name,
             std::map<std::string, Config::Value>& values) {
  for (const auto& [key, node] : table) {
    const std::string path = prefix + std::string(key.str());
    if (const auto* section = node.as_table()) {
      flatten(*section, path + ".", name, values);
    } else if (const auto* boolean = node.as_boolean()) {
      values[path] = boolean->get();
    } else if (const auto* integer = node.as_integer()) {
      values[path] = integer->get();
    } else if (const auto* number = node.as_floating_point()) {
      values[path] = number->get();
    } else if (const auto* text = node.as_string()) {
      values[path] = from_utf8(text->get());
    } else {
      throw usage("{}:{}: {} must be a number, a string or a boolean", name, node.source().begin.line, path);
    }
  }
}

toml::table parse_toml(std::string_view text, const std::string& name) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const auto where = error.source().begin;
    throw usage("{}:{}:{}: {}", name, where.line, where.column, error.description());
  }
}

std::string to_toml(const Config::Value& value) {
  if (const auto* number = std::get_if<double>(&value)) {
    const auto text = fmt::format("{}", *number);  // The shortest that reads back the same.
    return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
  }
  std::ostringstream out;
  if (const auto* text = std::get_if<std::string>(&value))
    out << toml::value(to_utf8(*text));
  else
    std::visit([&](const auto& v) { out << toml::value(v); }, value);
  return out.str();
}

std::string shown(const std::optional<Config::Value>& value) {
  return value ? to_toml(*value) : "not set";
}

/// A whole number where a number is expected is one.
Config::Value as_type_of(const Config::Value& usual, const Config::Value& value) {
  const auto* whole = std::get_if<std::int64_t>(&value);
  return whole != nullptr && std::holds_alternative<double>(usual) ? static_cast<double>(*whole) : value;
}

}  // namespace

Config Config::parse(std::string_view toml, const std::string& name) {
  Config config;
  config.name_ = name;
  flatten(parse_toml(toml, name), "", name, config.values_);
  return config;
}

Config Config::load(const std::filesystem::path& path) {
  return parse(read_file(path, 1 << 20), path.string());
}

void Config::set(std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    throw usage("--set {}: expected key=value", assignment);
  const auto trim = [](std::string_view s) {
    const auto first = s.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view{}
                                           : s.substr(first, s.find_last_not_of(" \t") - first + 1);
  };
  const std::string key(trim(assignment.substr(0, equals)));
  const std::string value(trim(assignment.substr(equals + 1)));
  const std::string name = fmt::format("--set {}", assignment);
  std::map<std::string, Value> parsed;
  const bool bare = value.empty() || !(value.find_first_not_of("+-.0123456789eEinfa_") == std::string::npos ||
                                       value == "true" || value == "false" || value.front() == '"' ||
                                       value.front() == '\'' || value.front() == '[');
  if (bare) {
    parsed["value"] = value;
  } else {
    try {
      flatten(parse_toml("value = " + value, name), "", name, parsed);
    } catch (const UsageError&) {
      if (value.front() == '"' || value.front() == '\'' || value.front() == '[') throw;
      parsed["value"] = value;  // Characters of a number, but a word.
    }
  }
  values_[key] = parsed.at("value");
}

void Config::set(const std::string& key, Value value) {
  values_[key] = std::move(value);
}

template <typename T>
T Config::get(const std::string& key, T fallback, const char* type) const {
  const auto found = values_.find(key);
  const auto value = found == values_.end() ? Value(fallback) : as_type_of(fallback, found->second);
  if (!std::holds_alternative<T>(value)) throw usage("{} = {}: expected {}", key, to_toml(value), type);
  known_.add(key, std::move(fallback));
  return std::get<T>(value);
}

bool Config::get_bool(const std::string& key, bool fallback) const {
  return get<bool>(key, fallback, "true or false");
}

std::int64_t Config::get_int(const std::string& key, std::int64_t fallback, IntRange range) const {
  const auto value = get<std::int64_t>(key, fallback, "a whole number");
  if (value < range.min) throw usage("{} = {}: must be at least {}", key, value, range.min);
  if (value > range.max) throw usage("{} = {}: must be at most {}", key, value, range.max);
  return value;
}

double Config::get_double(const std::string& key, double fallback, Range range) const {
  const auto value = get<double>(key, fallback, "a number");
  if (!(value >= range.min)) throw usage("{} = {}: must be at least {}", key, value, range.min);
  if (!(value <= range.max)) throw usage("{} = {}: must be at most {}", key, value, range.max);
  return value;
}

std::string Config::get_string(const std::string& key, const std::string& fallback) const {
  return get<std::string>(key, fallback, "a string");
}

std::string Config::get_choice(const std::string& key, const std::string& fallback,
                               const std::vector<std::string>& choices) const {
  auto value = get_string(key, fallback);
  for (const auto& choice : choices)
    if (value == choice) return value;
  throw usage("{} = \"{}\": expected one of {}{}", key, value, fmt::join(choices, ", "),
              did_you_mean(value, choices));
}

void Config::check_all_read() const {
  const auto defaults = known_.defaults();
  std::vector<std::string> known;
  for (const auto& [key, usual] : defaults) known.push_back(key);
  for (const auto& [key, value] : values_)
    if (!defaults.contains(key)) throw usage("{}: unknown key {}{}", name_, key, did_you_mean(key, known));
}

std::vector<Config::Difference> Config::differences(const Config& before) const {
  const auto value_in = [](const Config& config, const std::string& key) {
    const auto found = config.values_.find(key);
    return found == config.values_.end() ? std::nullopt : std::optional(found->second);
  };
  std::set<std::string> keys;
  for (const auto* config : {this, &before})
    for (const auto& [key, value] : config->values_) keys.insert(key);
  std::vector<Difference> list;
  for (const auto& key : keys)
    if (Difference difference{key, value_in(*this, key), value_in(before, key)};
        shown(difference.value) != shown(difference.was))
      list.push_back(std::move(difference));
  return list;
}

std::string Config::Difference::text() const {
  return fmt::format("{} = {}, was {}", key, shown(value), shown(was));
}

std::map<std::string, Config::Value> Config::values() const {
  auto all = known_.defaults();
  for (auto& [key, value] : all)
    if (const auto found = values_.find(key); found != values_.end())
      value = as_type_of(value, found->second);
  return all;
}

Config::Known& Config::Known::operator=(const Known& other) {
  auto theirs = other.defaults();
  const std::lock_guard lock(turn_);
  defaults_ = std::move(theirs);
  return *this;
}

void Config::Known::add(const std::string& key, Value usual) {
  const std::lock_guard lock(turn_);
  defaults_[key] = std::move(usual);
}

std::map<std::string, Config::Value> Config::Known::defaults() const {
  const std::lock_guard lock(turn_);
  return defaults_;
}

std::string Config::resolved() const {
  const auto all = values();
  std::string text, section;
  for (const bool sections : {false, true}) {  // Top-level keys must come before the first section.
    for (const auto& [key, value] : all) {
      const auto dot = key.rfind('.');
      if ((dot != std::string::npos) != sections) continue;
      if (sections && key.substr(0, dot) != section) {
        section = key.substr(0, dot);
        text += fmt::format("\n[{}]\n", section);
      }
      text += fmt::format("{} = {}\n", sections ? key.substr(dot + 1) : key, to_toml(value));
    }
  }
  return text;
}

}  // namespace pushforward
