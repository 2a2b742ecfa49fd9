// Configuration: TOML in, typed and ranged values out, unknown keys refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pushforward {

/// A flat view of a TOML document: "train.learning_rate" → value. Each `get_*` names a key, its default
/// and its range, and changes nothing. All keys that were asked for, with what they are or their defaults,
/// make up the resolved configuration; `check_all_read()` refuses keys that nobody asked for. A key has one
/// default, whoever reads it. Threads may read one Config together.
///
///   Config config = Config::parse(text, "realnvp.toml");
///   config.set("train.epochs=3");
///   const auto epochs = config.get_int("train.epochs", 10, {.min = 1});
///   config.check_all_read();
///   write_file(run / "config.toml", config.resolved());
class Config {
 public:
  using Value = std::variant<bool, std::int64_t, double, std::string>;
  struct IntRange {
    std::int64_t min = std::numeric_limits<std::int64_t>::min();
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
  };
  struct Range {
    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();
  };

  /// Throws UsageError with file, line and column when the text is not TOML or holds other than tables
  /// of scalars.
  static Config parse(std::string_view toml, const std::string& name);
  static Config load(const std::filesystem::path& path);

  /// "train.batch=64": TOML syntax for the value; a bare word is taken as a string.
  void set(std::string_view assignment);
  void set(const std::string& key, Value value);
  bool has(const std::string& key) const { return values_.contains(key); }

  bool get_bool(const std::string& key, bool fallback) const;
  std::int64_t get_int(const std::string& key, std::int64_t fallback, IntRange range) const;
  double get_double(const std::string& key, double fallback, Range range) const;
  std::string get_string(const std::string& key, const std::string& fallback) const;
  /// One of `choices`, else UsageError listing them.
  std::string get_choice(const std::string& key, const std::string& fallback,
                         const std::vector<std::string>& choices) const;

  /// UsageError for the first key nobody has read, with the nearest one that somebody has.
  void check_all_read() const;

  struct Difference {
    std::string key;
    std::optional<Value> value, was;  // nothing where it is not set
    /// "train.batch = 64, was 128"
    std::string text() const;
  };
  /// Every key whose value is not what it was in `before`, in the order of keys.
  std::vector<Difference> differences(const Config& before) const;

  /// The values of all keys asked for so far; `resolved()` is them as TOML, by section.
  std::map<std::string, Value> values() const;
  std::string resolved() const;

 private:
  /// The keys that were asked for and their defaults: what the program knows of, no part of what is
  /// configured.
  class Known {
   public:
    Known() = default;
    Known(const Known& other) : defaults_(other.defaults()) {}
    Known& operator=(const Known& other);
    void add(const std::string& key, Value usual);
    std::map<std::string, Value> defaults() const;

   private:
    mutable std::mutex turn_;
    std::map<std::string, Value> defaults_;
  };

  template <typename T>
  T get(const std::string& key, T fallback, const char* type) const;

  std::string name_;
  std::map<std::string, Value> values_;
  mutable Known known_;
};

}  // namespace pushforward
