#include "pushforward/evaluation/feature_rows.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"

namespace pushforward::evaluation {

void FeatureRows::add(const at::Tensor& rows) {
  const auto plain = rows.to(at::kFloat).contiguous();
  if (rows_ == 0) dims_ = plain.size(1);
  PF_CHECK(plain.size(1) == dims_, "[features] expected rows of {} numbers, got {}", dims_, plain.size(1));
  rows_ += plain.size(0);
  bytes_ += plain.nbytes();
  if (bytes_ <= in_memory_) {
    parts_.push_back(plain);
    return;
  }
  if (!file_) {
    file_.reset(temporary_file("/var/tmp"));
    for (const auto& part : std::exchange(parts_, {})) write(part);
  }
  write(plain);
}

void FeatureRows::write(const at::Tensor& rows) {
  if (std::fwrite(rows.data_ptr(), 1, rows.nbytes(), file_.get()) != rows.nbytes())
    throw fail(
        "cannot keep the features of {} images in a temporary file: {}; name another folder with $TMPDIR",
        rows_, std::strerror(errno));
}

at::Tensor FeatureRows::all() {
  if (!file_) return parts_.empty() ? at::Tensor() : at::cat(parts_);
  void* mapped = MAP_FAILED;
  if (std::fflush(file_.get()) == 0)
    mapped = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE, ::fileno(file_.get()), 0);
  if (mapped == MAP_FAILED)
    throw fail(
        "cannot keep the features of {} images in a temporary file: {}; name another folder with $TMPDIR",
        rows_, std::strerror(errno));
  return at::from_blob(
      mapped, {rows_, dims_}, [size = bytes_](void* begin) { ::munmap(begin, size); }, at::kFloat);
}

}  // namespace pushforward::evaluation
