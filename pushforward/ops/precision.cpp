#include "pushforward/ops/precision.h"

#include <ATen/Parallel.h>
#include <oneapi/dnnl/dnnl.h>

#include <bit>

#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

Precision& current() {
  thread_local Precision precision = Precision::float32;
  return precision;
}

}  // namespace

PF_SIMD_CLONES void round_to_bfloat16(const float* x, std::int64_t size, c10::BFloat16* to) {
#pragma omp simd
  for (std::int64_t i = 0; i < size; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(x[i]);
    const std::uint32_t rounded = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
    const std::uint32_t quiet_nan = (bits >> 16) | 0x40U;
    to[i].x = static_cast<std::uint16_t>((bits & 0x7FFFFFFFU) > 0x7F800000U ? quiet_nan : rounded);
  }
}

void round_all_to_bfloat16(const float* x, std::int64_t size, c10::BFloat16* to) {
  at::parallel_for(0, size, 1 << 15, [&](std::int64_t begin, std::int64_t end) {
    round_to_bfloat16(x + begin, end - begin, to + begin);
  });
}

Precision precision() {
  return current();
}

UsePrecision::UsePrecision(Precision wanted) : before_(current()) {
  current() = wanted;
}

UsePrecision::~UsePrecision() {
  current() = before_;
}

bool has_native_bfloat16() {
#if defined(__x86_64__)
  constexpr int wanted = dnnl_cpu_isa_avx512_core_bf16;
  return (dnnl_get_effective_cpu_isa() & wanted) == wanted;
#else
  return false;
#endif
}

const std::vector<std::string>& precision_names() {
  static const std::vector<std::string> names = {"float32", "bfloat16", "auto"};
  return names;
}

Precision precision_of(const std::string& name) {
  const bool rounds = name == "bfloat16" || (name == "auto" && has_native_bfloat16());
  return rounds ? Precision::bfloat16 : Precision::float32;
}

std::string name_of(Precision precision) {
  return precision == Precision::bfloat16 ? "bfloat16" : "float32";
}

}  // namespace pushforward::ops
