#include "pushforward/core/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "pushforward/core/error.h"

namespace pushforward {
namespace {

std::string reason() {
  return std::strerror(errno);
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return;  // Some file systems refuse; the rename itself is still atomic.
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path destination)
    : destination_(std::move(destination)),
      temporary_(destination_.string() + fmt::format(".{}.tmp", ::getpid())),
      file_(std::fopen(temporary_.c_str(), "wb")) {
  if (file_ == nullptr) throw fail("cannot write {}: {}", destination_.string(), reason());
}

AtomicFile::~AtomicFile() {
  if (file_ != nullptr) std::fclose(file_);
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void AtomicFile::write(const void* bytes, std::size_t size) {
  if (size > 0 && std::fwrite(bytes, 1, size, file_) != size)
    throw fail("cannot write {}: {}", destination_.string(), reason());
}

void AtomicFile::commit() {
  const bool written = std::fflush(file_) == 0 && ::fsync(::fileno(file_)) == 0;
  const std::string why = written ? "" : reason();
  const bool closed = std::fclose(file_) == 0;
  file_ = nullptr;
  if (!written || !closed) throw fail("cannot write {}: {}", destination_.string(), written ? reason() : why);
  if (std::rename(temporary_.c_str(), destination_.c_str()) != 0)
    throw fail("cannot write {}: {}", destination_.string(), reason());
  sync_folder(destination_.parent_path());
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

void remove_leftovers(const std::filesystem::path& path) {
  const auto prefix = path.filename().string() + ".";
  const std::string_view suffix = ".tmp", digits = "0123456789";
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(path.parent_path(), ignored)) {
    const auto name = entry.path().filename().string();
    if (name.size() <= prefix.size() + suffix.size() || !name.starts_with(prefix) || !name.ends_with(suffix))
      continue;
    const auto process = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
    if (process.find_first_not_of(digits) == std::string::npos)
      std::filesystem::remove(entry.path(), ignored);
  }
}

std::string read_file(const std::filesystem::path& path, std::size_t limit) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) throw fail("cannot read {}: {}", path.string(), reason());
  std::string text;
  char buffer[1 << 16];
  std::size_t count = 0;
  while ((count = std::fread(buffer, 1, sizeof buffer, file)) > 0 && text.size() <= limit)
    text.append(buffer, count);
  const bool broken = std::ferror(file) != 0;
  const std::string why = reason();
  std::fclose(file);
  if (broken) throw fail("cannot read {}: {}", path.string(), why);
  if (text.size() > limit) throw fail("cannot read {}: larger than {} bytes", path.string(), limit);
  return text;
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_directory(path))
    throw fail("cannot create folder {}: a file of that name is in the way", path.string());
  std::filesystem::create_directories(path, error);
  if (error) throw fail("cannot create folder {}: {}", path.string(), error.message());
  if (::access(path.c_str(), W_OK) != 0) throw fail("cannot write to folder {}: {}", path.string(), reason());
}

LineFile::LineFile(const std::filesystem::path& path) : path_(path), file_(std::fopen(path.c_str(), "ab")) {
  if (file_ == nullptr) throw fail("cannot write {}: {}", path_.string(), reason());
}

LineFile::~LineFile() {
  std::fclose(file_);
}

void LineFile::write(std::string_view line) {
  const bool ok = std::fwrite(line.data(), 1, line.size(), file_) == line.size() &&
                  std::fputc('\n', file_) != EOF && std::fflush(file_) == 0;
  if (!ok) throw fail("cannot write {}: {}", path_.string(), reason());
}

}  // namespace pushforward
