// Buffers of tensors that are used again.
#pragma once

#include <cstddef>
#include <memory>

namespace pushforward::ops {

/// Keeps the larger buffers of tensors that are freed, for those that are made next. Work that goes over many
/// like batches makes the same tensors again and again, and buffers fresh from the system cost a page fault
/// for every 4 kB of them. What is kept is freed with it, or, where tensors outlive it, with these. For any
/// threads.
class ReusedMemory {
 public:
  ReusedMemory();

  /// Bytes that it has taken from the system, in use or not.
  std::size_t bytes() const;

  class Shelf;
  const std::shared_ptr<Shelf>& shelf() const { return shelf_; }

 private:
  std::shared_ptr<Shelf> shelf_;
};

/// That of this thread, or null.
ReusedMemory* reused_memory();

/// Makes the tensors on the CPU that this thread makes use `wanted` for as long as it lives; null: as always.
/// The first makes LibTorch's allocator one that asks for this; for threads without it nothing changes.
class UseReusedMemory {
 public:
  explicit UseReusedMemory(ReusedMemory* wanted);
  ~UseReusedMemory();
  UseReusedMemory(const UseReusedMemory&) = delete;
  UseReusedMemory& operator=(const UseReusedMemory&) = delete;

 private:
  ReusedMemory* before_;
};

}  // namespace pushforward::ops
