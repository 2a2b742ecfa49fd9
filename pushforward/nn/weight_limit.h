// How much a model may weigh before it is made.
#pragma once

#include <c10/util/ArrayRef.h>

#include <cstdint>

namespace pushforward::nn {

/// Bounds the weights of the models that this thread makes for as long as it lives, where a file says what
/// they are: a configuration of a few bytes can describe gigabytes.
class WeightLimit {
 public:
  /// So many bytes of weights are in the file. A model draws some numbers that it does not keep, so a few
  /// times as many, and a few megabytes, are let pass.
  explicit WeightLimit(std::uint64_t stored_bytes);
  ~WeightLimit();
  WeightLimit(const WeightLimit&) = delete;
  WeightLimit& operator=(const WeightLimit&) = delete;

 private:
  friend void expect_room(at::IntArrayRef sizes);

  double stored_, most_, made_ = 0;  // bytes
  WeightLimit* before_;
};

/// To be called before weights float32 of these sizes are allocated. Throws Error beyond the thread's limit.
void expect_room(at::IntArrayRef sizes);

}  // namespace pushforward::nn
