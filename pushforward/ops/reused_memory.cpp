#include "pushforward/ops/reused_memory.h"

#include <c10/core/CPUAllocator.h>

#include <cstring>
#include <map>
#include <mutex>

namespace pushforward::ops {
namespace {

thread_local ReusedMemory* current = nullptr;

/// Smaller ones LibTorch's allocator finds in pages that it has.
constexpr std::size_t least_bytes = std::size_t{1} << 14;

}  // namespace

class ReusedMemory::Shelf {
 public:
  /// A buffer of at least `bytes` and at most twice as many; an empty one where none is here.
  std::pair<std::size_t, at::DataPtr> take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto found = free_.lower_bound(bytes);
    if (found == free_.end() || found->first > 2 * bytes) return {};
    auto taken = free_.extract(found);
    return {taken.key(), std::move(taken.mapped())};
  }
  void put(std::size_t bytes, at::DataPtr buffer) {
    const std::lock_guard lock(mutex_);
    free_.emplace(bytes, std::move(buffer));
  }
  void count(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    bytes_ += bytes;
  }
  std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  mutable std::mutex mutex_;
  std::multimap<std::size_t, at::DataPtr> free_;  // by size
  std::size_t bytes_ = 0;
};

namespace {

/// A tensor's buffer, which goes back to the shelf with it.
struct Lent {
  std::shared_ptr<ReusedMemory::Shelf> shelf;
  std::size_t bytes;
  at::DataPtr buffer;

  static void end(void* context) {
    const std::unique_ptr<Lent> lent(static_cast<Lent*>(context));
    lent->shelf->put(lent->bytes, std::move(lent->buffer));
  }
};

/// LibTorch's own allocator, but for threads that reuse memory. Not all versions of LibTorch declare all of
/// these functions, or declare them const.
class ReusingAllocator final : public at::Allocator {
 public:
  explicit ReusingAllocator(at::Allocator& usual) : usual_(usual) {}

  at::DataPtr allocate(std::size_t bytes) const {
    return allocated(bytes);
  }                                                                     // NOLINT(modernize-use-override)
  at::DataPtr allocate(std::size_t bytes) { return allocated(bytes); }  // NOLINT(modernize-use-override)
  at::DeleterFnPtr raw_deleter() const override {
    return current == nullptr ? usual_.raw_deleter() : nullptr;
  }
  void copy_data(void* to, const void* from, std::size_t bytes) const {  // NOLINT(modernize-use-override)
    std::memcpy(to, from, bytes);
  }

 private:
  at::DataPtr allocated(std::size_t bytes) const {
    if (current == nullptr || bytes < least_bytes) return usual_.allocate(bytes);
    const auto& shelf = current->shelf();
    auto [size, buffer] = shelf->take(bytes);
    if (!buffer) {
      size = bytes;
      buffer = usual_.allocate(bytes);
      shelf->count(bytes);
    }
    auto lent = std::make_unique<Lent>(Lent{shelf, size, std::move(buffer)});
    auto* data = lent->buffer.get();
    const auto device = lent->buffer.device();
    return {data, lent.release(), &Lent::end, device};
  }

  at::Allocator& usual_;
};

void install() {
  static ReusingAllocator* const ours = [] {
    auto* made = new ReusingAllocator(*c10::GetCPUAllocator());  // as long as the process: tensors outlive us
    c10::SetCPUAllocator(made, 255);
    return made;
  }();
  (void)ours;
}

}  // namespace

ReusedMemory::ReusedMemory() : shelf_(std::make_shared<Shelf>()) {}

std::size_t ReusedMemory::bytes() const {
  return shelf_->bytes();
}

ReusedMemory* reused_memory() {
  return current;
}

UseReusedMemory::UseReusedMemory(ReusedMemory* wanted) : before_(current) {
  if (wanted != nullptr) install();
  current = wanted;
}

UseReusedMemory::~UseReusedMemory() {
  current = before_;
}

}  // namespace pushforward::ops
