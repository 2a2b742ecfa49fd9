#include "pushforward/runs/lzma.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "pushforward/core/error.h"

namespace pushforward::runs {
namespace {

la_ssize_t count(archive*, void* size, const void*, std::size_t bytes) {
  *static_cast<std::size_t*>(size) += bytes;
  return static_cast<la_ssize_t>(bytes);
}

}  // namespace

std::size_t lzma_size(std::span<const std::uint8_t> bytes) {
  std::size_t size = 0;
  const std::unique_ptr<archive, int (*)(archive*)> file(archive_write_new(), archive_write_free);
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  if (!file || !entry) throw fail("[lzma] no memory");
  if (archive_write_add_filter_lzma(file.get()) != ARCHIVE_OK) return 0;
  archive_entry_set_pathname(entry.get(), "images");
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  const bool written = archive_write_set_format_raw(file.get()) == ARCHIVE_OK &&
                       archive_write_set_bytes_per_block(file.get(), 0) == ARCHIVE_OK &&  // no padding
                       archive_write_open(file.get(), &size, nullptr, count, nullptr) == ARCHIVE_OK &&
                       archive_write_header(file.get(), entry.get()) == ARCHIVE_OK &&
                       archive_write_data(file.get(), bytes.data(), bytes.size()) == std::ssize(bytes) &&
                       archive_write_close(file.get()) == ARCHIVE_OK;
  if (!written) {
    const char* message = archive_error_string(file.get());
    throw fail("[lzma] {}", message == nullptr ? "libarchive failed" : message);
  }
  return size;
}

}  // namespace pushforward::runs
