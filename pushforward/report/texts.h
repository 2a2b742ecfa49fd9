// What documents say, in files apart from the code: texts/LANGUAGE.toml.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pushforward::report {

/// The sentences of one language by key, "lab.contraction.claim". A sentence has places for what the program
/// fills in, as fmt has them: "{0:.3f} of {1}".
class Texts {
 public:
  /// The names of the languages that ship with the program: "en", ….
  static const std::vector<std::string>& languages();
  /// Throws UsageError for a language that does not.
  static const Texts& of(const std::string& language);
  /// From TOML, tables of strings and of lists of strings. Throws Error for anything else in it.
  static Texts parse(const std::string& language, const std::string& toml);

  /// The sentence, filled in. Throws Error for a key without one, and for a sentence with other places.
  template <typename... Args>
  std::string operator()(std::string_view key, const Args&... args) const {
    return filled(key, fmt::make_format_args(args...));
  }
  /// The paragraphs of a list, as they are.
  const std::vector<std::string>& paragraphs(std::string_view key) const;

  const std::string& language() const { return language_; }
  /// Of sentences and lists, in order.
  std::vector<std::string> keys() const;

 private:
  std::string filled(std::string_view key, fmt::format_args args) const;

  std::string language_;
  std::map<std::string, std::vector<std::string>, std::less<>> all_;  // a sentence is a list of one
};

}  // namespace pushforward::report
