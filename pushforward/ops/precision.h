// The precision of products: the type that their operands are rounded to.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>
#include <string>
#include <vector>

namespace pushforward::ops {

/// Products accumulate in float32 either way, and everything that is not a product is float32: parameters,
/// moments, activations between layers, norms, losses, log-determinants.
enum class Precision { float32, bfloat16 };

/// The precision of this thread's products; float32 unless UsePrecision says otherwise. Convolutions and
/// linear layers heed it, and make gradients in the precision of what they are gradients of.
Precision precision();

/// Sets this thread's precision as long as it lives.
class UsePrecision {
 public:
  explicit UsePrecision(Precision wanted);
  ~UsePrecision();
  UsePrecision(const UsePrecision&) = delete;
  UsePrecision& operator=(const UsePrecision&) = delete;

 private:
  Precision before_;
};

/// Rounds to the nearest bfloat16, ties to even; NaN stays NaN. Where has_native_bfloat16(), subnormals
/// become zeros.
void round_to_bfloat16(const float* x, std::int64_t size, c10::BFloat16* to);
/// The same by all threads.
void round_all_to_bfloat16(const float* x, std::int64_t size, c10::BFloat16* to);

/// Whether the processor multiplies bfloat16 (AVX-512-BF16, AMX-BF16), as oneDNN reports its instruction set;
/// without, such products are right but slow.
bool has_native_bfloat16();

/// "float32", "bfloat16" and "auto", which is bfloat16 where it is native.
const std::vector<std::string>& precision_names();
Precision precision_of(const std::string& name);
const char* name_of(Precision precision);

}  // namespace pushforward::ops
