// Files that are either whole or absent.
#pragma once

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pushforward {

/// Writes a file beside its destination, syncs it, and renames it into place on `commit()`: readers see
/// the old file or the new one, never a part. Without `commit()` the destination is untouched and the
/// temporary is removed. A link is followed, the mode of the file that is replaced is kept; what is no file
/// (a device, a FIFO, /dev/stdout) is written to as the bytes come, never replaced. Throws Error naming the
/// path and the system's reason (full disk, no permission), and Interrupted where Ctrl-C ends the wait for
/// a FIFO's reader.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path destination);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* bytes, std::size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  void commit();

 private:
  bool replaces() const { return !temporary_.empty(); }

  std::filesystem::path destination_;
  std::filesystem::path temporary_;  // "": the bytes go to the destination itself
  std::FILE* file_ = nullptr;
};

/// The whole file in one go, atomically.
void write_file(const std::filesystem::path& path, std::string_view text);

/// What is at the end of the links that `path` may be, be it there or not. Throws Error for a circle of them.
std::filesystem::path end_of_links(std::filesystem::path path);

/// Removes the temporaries that killed writers of `path` left beside it.
void remove_leftovers(const std::filesystem::path& path);

/// A new file without a name in $TMPDIR, else `usual`, gone when it is closed. /var/tmp is for files that may
/// be large: /tmp lies in memory on many systems. Throws Error.
std::FILE* temporary_file(const char* usual = "/tmp");

/// The file's bytes. Throws Error when it cannot be read or is larger than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t limit = std::size_t{1} << 40);

/// Creates the folder and its parents; throws Error when that fails or it cannot be written to.
void make_folder(const std::filesystem::path& path);

/// Appends whole lines to a file; each is flushed, so a kill loses at most the line being written.
class LineFile {
 public:
  explicit LineFile(const std::filesystem::path& path);
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;
  void write(std::string_view line);

 private:
  std::filesystem::path path_;
  std::FILE* file_ = nullptr;
};

}  // namespace pushforward
