#include "pushforward/ops/precision.h"

#include <ATen/Parallel.h>
#include <oneapi/dnnl/dnnl.h>

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

Precision& current() {
  thread_local Precision precision = Precision::float32;
  return precision;
}

PF_SIMD_CLONES void round_by_bits(const float* x, std::int64_t size, c10::BFloat16* to) {
#pragma omp simd
  for (std::int64_t i = 0; i < size; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(x[i]);
    const std::uint32_t rounded = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
    const std::uint32_t quiet_nan = (bits >> 16) | 0x40U;
    to[i].x = static_cast<std::uint16_t>((bits & 0x7FFFFFFFU) > 0x7F800000U ? quiet_nan : rounded);
  }
}

#if defined(__x86_64__) && defined(__GNUC__)
/// By the processor's own instruction, to which a subnormal is zero, as it is to products of bfloat16.
__attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16"))) void round_natively(const float* x,
                                                                                    std::int64_t size,
                                                                                    c10::BFloat16* to) {
  constexpr std::int64_t lanes = 16;
  std::int64_t i = 0;
  for (; i + 2 * lanes <= size; i += 2 * lanes) {
    const auto both = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + i + lanes), _mm512_loadu_ps(x + i));
    std::memcpy(to + i, &both, sizeof both);
  }
  for (; i < size; i += lanes) {
    const auto left = std::min(lanes, size - i);
    const auto mask = static_cast<__mmask16>((1U << left) - 1U);
    const auto some = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, x + i));
    std::memcpy(to + i, &some, static_cast<std::size_t>(left) * sizeof *to);
  }
}
#endif

}  // namespace

void round_to_bfloat16(const float* x, std::int64_t size, c10::BFloat16* to) {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool natively = has_native_bfloat16();
  if (natively) return round_natively(x, size, to);
#endif
  round_by_bits(x, size, to);
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

const char* name_of(Precision precision) {
  return precision == Precision::bfloat16 ? "bfloat16" : "float32";
}

}  // namespace pushforward::ops
