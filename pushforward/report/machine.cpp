#include "pushforward/report/machine.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <array>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "pushforward/core/threads.h"

namespace pushforward::report {
namespace {

// /proc files have no size to ask for and may be absent: what cannot be read is empty.
std::string slurp(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\"'"), last = text.find_last_not_of(" \t\"'\r");
  return first == std::string_view::npos ? "" : text.substr(first, last - first + 1);
}

// Calls visit(key, value) for each line "key<separator>value".
void each_pair(std::string_view text, char separator, const auto& visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (const std::size_t at = line.find(separator); at != std::string_view::npos)
      visit(trimmed(line.substr(0, at)), trimmed(line.substr(at + 1)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 13> known_instruction_sets{
    {{"sse4_2", "SSE4.2"},
     {"avx", "AVX"},
     {"avx2", "AVX2"},
     {"fma", "FMA"},
     {"f16c", "F16C"},
     {"avx512f", "AVX-512"},
     {"avx512_vnni", "AVX-512-VNNI"},
     {"avx512_bf16", "AVX-512-BF16"},
     {"avx_vnni", "AVX-VNNI"},
     {"amx_bf16", "AMX-BF16"},
     {"asimd", "NEON"},
     {"sve", "SVE"},
     {"bf16", "BF16"}}};

std::string compiler() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#else
  return "GCC " __VERSION__;
#endif
}

}  // namespace

Processor parse_cpuinfo(std::string_view text) {
  Processor out;
  std::set<std::pair<std::string, std::string>> cores;
  std::string package;
  each_pair(text, ':', [&](std::string_view key, std::string_view value) {
    if (key == "processor") ++out.logical;
    if (key == "model name" && out.model.empty()) out.model = value;
    if (key == "physical id") package = value;
    if (key == "core id") cores.emplace(package, value);
    if ((key == "flags" || key == "Features") && out.instruction_sets.empty()) {
      const std::string padded = fmt::format(" {} ", value);
      for (const auto& [flag, name] : known_instruction_sets)
        if (padded.find(fmt::format(" {} ", flag)) != std::string::npos)
          out.instruction_sets += fmt::format("{}{}", out.instruction_sets.empty() ? "" : " ", name);
    }
  });
  out.physical = static_cast<int>(cores.size());
  return out;
}

double parse_meminfo(std::string_view text) {
  double kilobytes = 0;
  each_pair(text, ':', [&](std::string_view key, std::string_view value) {
    if (key == "MemTotal") std::from_chars(value.data(), value.data() + value.size(), kilobytes);
  });
  return kilobytes * 1024;
}

std::string parse_os_release(std::string_view text) {
  std::string name;
  each_pair(text, '=', [&](std::string_view key, std::string_view value) {
    if (key == "PRETTY_NAME") name = value;
  });
  return name;
}

KeyValues machine(const std::string& version) {
  KeyValues out;
  const auto add = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) out.emplace_back(key, value);
  };
  const Processor processor = parse_cpuinfo(slurp("/proc/cpuinfo"));
  add("Processor", processor.model);
  if (processor.logical > 0) {
    const std::string cores = processor.physical > 0 ? fmt::format("{} cores, ", processor.physical) : "";
    add("Cores", fmt::format("{}{} logical, {} in use", cores, processor.logical, available_threads()));
  }
  add("Instruction sets", processor.instruction_sets);
  if (const double bytes = parse_meminfo(slurp("/proc/meminfo")); bytes > 0)
    add("Memory", fmt::format("{:.1f} GiB", bytes / (1 << 30)));
  std::string system = parse_os_release(slurp("/etc/os-release"));
  if (utsname name{}; uname(&name) == 0)
    system += fmt::format("{}{} {} {}", system.empty() ? "" : ", ", name.sysname, name.release, name.machine);
  add("System", system);
  add("Compiler", compiler());
  add("Pushforward", version);
  return out;
}

}  // namespace pushforward::report
