#include "pushforward/report/texts.h"

#include <toml++/toml.h>

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"

namespace pushforward::report {
namespace {

constexpr std::pair<const char*, const char*> embedded[] = {
#include "embedded_texts.inc"
};

using Lists = std::map<std::string, std::vector<std::string>, std::less<>>;

void flatten(const std::string& language, const std::string& prefix, const toml::table& table, Lists& all) {
  for (const auto& [key, node] : table) {
    const auto name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      flatten(language, name + ".", *inner, all);
      continue;
    }
    auto& list = all[name];
    if (const auto* array = node.as_array()) {
      for (const auto& element : *array) list.push_back(element.value_or(std::string()));
    } else {
      list.push_back(node.value_or(std::string()));
    }
    for (const auto& text : list)
      if (text.empty())
        throw fail("[texts] {}: expected a sentence, or a list of them, as {}", language, name);
  }
}

}  // namespace

const std::vector<std::string>& Texts::languages() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, text] : embedded) all.emplace_back(name);
    return all;
  }();
  return names;
}

const Texts& Texts::of(const std::string& language) {
  static const std::map<std::string, Texts> all = [] {
    std::map<std::string, Texts> made;
    for (const auto& [name, text] : embedded) made.emplace(name, parse(name, text));
    return made;
  }();
  const auto found = all.find(language);
  if (found == all.end()) unknown_name("language", language, languages());
  return found->second;
}

Texts Texts::parse(const std::string& language, const std::string& toml) try {
  Texts texts;
  texts.language_ = language;
  flatten(language, "", toml::parse(toml), texts.all_);
  return texts;
} catch (const toml::parse_error& error) {
  throw fail("[texts] {}, line {}: {}", language, error.source().begin.line, error.description());
}

const std::vector<std::string>& Texts::paragraphs(std::string_view key) const {
  const auto found = all_.find(key);
  if (found == all_.end()) throw fail("[texts] {} has nothing for {}", language_, key);
  return found->second;
}

std::string Texts::filled(std::string_view key, fmt::format_args args) const try {
  const auto& list = paragraphs(key);
  if (list.size() != 1)
    throw fail("[texts] {}: expected one sentence as {}, got {}", language_, key, list.size());
  return fmt::vformat(list.front(), args);
} catch (const fmt::format_error& error) {
  throw fail("[texts] {}: {} has a place that nothing fills: {}", language_, key, error.what());
}

std::vector<std::string> Texts::keys() const {
  std::vector<std::string> names;
  for (const auto& [name, list] : all_) names.push_back(name);
  return names;
}

}  // namespace pushforward::report
