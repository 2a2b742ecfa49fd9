#include "pushforward/core/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>
#include <thread>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"

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

/// What a path leads to; nothing where nothing is there.
std::optional<struct stat> status_of(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? std::optional(status) : std::nullopt;
}

/// Whether a path names an open descriptor or the like, though a file may be behind it: "/dev/stdout".
bool is_of_the_system(const std::filesystem::path& path) {
  const auto text = path.lexically_normal().string();
  return text.starts_with("/dev/") || text.starts_with("/proc/");
}

/// Opens what is no file for writing. Throws Interrupted.
int open_as_it_is(const std::filesystem::path& path, bool fifo) {
  constexpr int flags = O_WRONLY | O_APPEND | O_CLOEXEC;
  if (!fifo) return ::open(path.c_str(), flags);
  int descriptor = -1;
  while ((descriptor = ::open(path.c_str(), flags | O_NONBLOCK)) < 0 && errno == ENXIO) {  // no reader yet
    stop_if_interrupted("waiting for a reader");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  if (descriptor >= 0) ::fcntl(descriptor, F_SETFL, O_WRONLY | O_APPEND);
  return descriptor;
}

/// Makes a file that will take the place of another, with its mode and, where that is allowed, its owner.
int create_like(const std::filesystem::path& path, const std::optional<struct stat>& replaced) {
  constexpr mode_t usual = 0666, all = 07777;
  const auto mode = replaced ? replaced->st_mode & all : usual;
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode & usual);
  if (descriptor < 0 || !replaced) return descriptor;
  const bool same = replaced->st_uid == ::geteuid() && replaced->st_gid == ::getegid();
  if (same || ::fchown(descriptor, replaced->st_uid, replaced->st_gid) == 0) ::fchmod(descriptor, mode);
  return descriptor;
}

}  // namespace

std::filesystem::path end_of_links(std::filesystem::path path) {
  constexpr int most = 40;  // as the system's own limit
  std::error_code error;
  for (int links = 0; std::filesystem::is_symlink(path, error); ++links) {
    if (links == most) throw fail("cannot follow {}: its links lead in a circle", path.string());
    path = path.parent_path() / std::filesystem::read_symlink(path, error);
    if (error) throw fail("cannot follow {}: {}", path.string(), error.message());
  }
  return path;
}

AtomicFile::AtomicFile(std::filesystem::path destination) : destination_(std::move(destination)) {
  const auto there = status_of(destination_);
  if (there && S_ISDIR(there->st_mode))
    throw fail("cannot write {}: expected a file, found a folder", destination_.string());
  int descriptor = -1;
  if (is_of_the_system(destination_) || (there && !S_ISREG(there->st_mode))) {
    descriptor = open_as_it_is(destination_, there && S_ISFIFO(there->st_mode));
  } else {
    destination_ = end_of_links(std::move(destination_));
    temporary_ = destination_.string() + fmt::format(".{}.tmp", ::getpid());
    descriptor = create_like(temporary_, there);
  }
  if (descriptor >= 0) file_ = ::fdopen(descriptor, "wb");
  if (file_ == nullptr) throw fail("cannot write {}: {}", destination_.string(), reason());
}

AtomicFile::~AtomicFile() {
  if (file_ != nullptr) std::fclose(file_);
  std::error_code ignored;
  if (replaces()) std::filesystem::remove(temporary_, ignored);
}

void AtomicFile::write(const void* bytes, std::size_t size) {
  if (size > 0 && std::fwrite(bytes, 1, size, file_) != size)
    throw fail("cannot write {}: {}", destination_.string(), reason());
}

void AtomicFile::commit() {
  const bool written = std::fflush(file_) == 0 && (!replaces() || ::fsync(::fileno(file_)) == 0);
  const std::string why = written ? "" : reason();
  const bool closed = std::fclose(file_) == 0;
  file_ = nullptr;
  if (!written || !closed) throw fail("cannot write {}: {}", destination_.string(), written ? reason() : why);
  if (!replaces()) return;
  if (std::rename(temporary_.c_str(), destination_.c_str()) != 0)
    throw fail("cannot write {}: {}", destination_.string(), reason());
  sync_folder(destination_.parent_path());
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

void remove_leftovers(const std::filesystem::path& written) {
  const auto path = end_of_links(written);
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

std::FILE* temporary_file(const char* usual) {
  const char* wanted = std::getenv("TMPDIR");
  const std::string folder = wanted == nullptr || *wanted == '\0' ? usual : wanted;
  std::string name = folder + "/pushforward-XXXXXX";
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  const auto why = reason();
  if (descriptor >= 0) ::unlink(name.c_str());
  std::FILE* file = descriptor < 0 ? nullptr : ::fdopen(descriptor, "w+b");
  if (file == nullptr)
    throw fail("cannot make a temporary file in {}: {}; name another folder with $TMPDIR", folder, why);
  return file;
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
