// What the numbers were made on.
#pragma once

#include <string>
#include <string_view>

#include "pushforward/report/key_values.h"

namespace pushforward::report {

/// Processor, cores, instruction sets, memory, operating system, compiler and the program's version (as
/// the caller gives it). What the system does not tell is left out.
KeyValues machine(const std::string& version);

/// What /proc/cpuinfo says.
struct Processor {
  std::string model;
  int logical = 0;               ///< processors
  int physical = 0;              ///< cores, 0 when not told
  std::string instruction_sets;  ///< those that matter to numerics, for instance "AVX2 FMA AVX-512"
};
Processor parse_cpuinfo(std::string_view text);

/// MemTotal of /proc/meminfo in bytes, 0 when it is not there.
double parse_meminfo(std::string_view text);

/// PRETTY_NAME of /etc/os-release without its quotes, "" when it is not there.
std::string parse_os_release(std::string_view text);

}  // namespace pushforward::report
