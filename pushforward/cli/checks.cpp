#include "pushforward/cli/checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <functional>

#include "pushforward/core/names.h"
#include "pushforward/report/text.h"

namespace pushforward::cli {
namespace {

/// Whether all of a text is one T; a number that T cannot hold is none.
template <typename T>
bool reads_as(const std::string& text, T& value) {
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

/// Takes what reads as a T that is `allowed`; `range` says to people which these are.
template <typename T>
CLI::Validator number_check(const std::string& what, const std::string& range,
                            const std::function<bool(T)>& allowed) {
  return {[=](std::string& text) {
            T value{};
            const bool taken = reads_as(text, value) && allowed(value);
            return taken ? "" : fmt::format("expected {} {}, found {}", what, range, text);
          },
          range};
}

}  // namespace

CLI::Validator between(std::int64_t least, std::int64_t most) {
  return number_check<std::int64_t>(
      "a whole number from",
      fmt::format("{} to {}", report::with_thousands(least), report::with_thousands(most)),
      [=](std::int64_t value) { return value >= least && value <= most; });
}

CLI::Validator at_least(std::int64_t least) {
  return number_check<std::int64_t>("a whole number of", fmt::format("at least {}", least),
                                    [=](std::int64_t value) { return value >= least; });
}

CLI::Validator between_numbers(double least, double most) {
  return number_check<double>("a number from", fmt::format("{} to {}", least, most),
                              [=](double value) { return value >= least && value <= most; });
}

CLI::Validator above_zero() {
  return number_check<double>("a number", "above 0",
                              [](double value) { return value > 0 && std::isfinite(value); });
}

CLI::Validator a_name() {
  return {[](std::string& text) { return text.empty() ? "expected a name, found nothing" : ""; }, ""};
}

CLI::Validator one_of(const std::vector<std::string>& names) {
  return {[names](std::string& text) {
            if (std::ranges::find(names, text) != names.end()) return std::string();
            return fmt::format("expected one of {}, found {}{}", fmt::join(names, ", "), text,
                               did_you_mean(text, names));
          },
          names.size() <= 3 ? fmt::format("{}", fmt::join(names, "|")) : ""};
}

CLI::Validator ending_in(const std::vector<std::string>& extensions) {
  return {[extensions](std::string& text) {
            const auto extension = std::filesystem::path(text).extension().string();
            if (std::ranges::find(extensions, extension) != extensions.end()) return std::string();
            return fmt::format("expected a file ending in {}, found {}", fmt::join(extensions, " or "), text);
          },
          fmt::format("{}", fmt::join(extensions, "|"))};
}

}  // namespace pushforward::cli
