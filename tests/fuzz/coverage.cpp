// Tells AFL++ which edges are passed, of what GCC compiled with -fsanitize-coverage=trace-pc: the plugin that
// AFL++ has for GCC takes the one build of GCC that it was made with.
#include <cstdint>

extern "C" {
extern std::uint8_t* __afl_area_ptr;  // counts of edges, 65,536 of them; of afl-compiler-rt

/// Called at every basic block: counts the edge from the one before, by both addresses in this program.
void __sanitizer_cov_trace_pc() {
  static thread_local std::uint32_t before = 0;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)) -
                    reinterpret_cast<std::uintptr_t>(&__sanitizer_cov_trace_pc);
  const auto place = static_cast<std::uint32_t>(here * 0x9E3779B97F4A7C15ULL >> 48);
  ++__afl_area_ptr[place ^ before];
  before = place >> 1;
}
}
