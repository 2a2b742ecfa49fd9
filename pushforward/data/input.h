// A file read front to back, plain or gzip, as if it might be broken.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pushforward::data {

inline constexpr std::uint64_t deflate_ratio = 1032;  ///< Most bytes that one byte of deflate becomes.

/// Reads exactly what is asked for: never more than the header announced (so a gz bomb costs nothing),
/// never less without an Error. Gzip is recognised by its magic, not by the name; several members are one
/// text after the other, and zeros behind the last are padding, as for zcat.
class Input {
 public:
  /// `format` starts every message: "[idx] train-images.gz: …". Throws Error when the file cannot be opened,
  /// is not a regular file, or is empty.
  Input(std::filesystem::path path, std::string format);

  /// Gives up to `size` further bytes; 0 at the end. Throws Error where they cannot be read.
  using Source = std::function<std::size_t(unsigned char* bytes, std::size_t size)>;

  /// A member of the file `path`, of at most `most` bytes, that `source` reads: "[npz] samples.npz:arr_0: …".
  /// Throws Error when it is empty.
  Input(std::filesystem::path path, std::string format, std::string member, Source source,
        std::uint64_t most);

  /// The process's standard input, under the name "-".
  static Input standard_input(std::string format);

  /// Throws Error with expected and found when fewer than `size` bytes are left, or the gzip is damaged.
  void read(void* bytes, std::size_t size);

  /// Up to `size` bytes, fewer only where the data end. Throws Error when the gzip is damaged.
  std::size_t read_some(void* bytes, std::size_t size);

  /// Throws Error when bytes follow the last one read, or a gzip's checksum is wrong or missing.
  void expect_end();

  /// Throws Error when the file cannot hold `size` further bytes; call before allocating them. A gzip holds
  /// at most `deflate_ratio` bytes per byte on disk. Nobody knows what standard input can hold.
  void expect_room(std::uint64_t size) const;

  /// "[idx] train-images.gz"
  std::string where() const;
  const std::filesystem::path& path() const { return path_; }
  std::uint64_t position() const { return position_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  struct EndInflate {
    void operator()(z_stream* stream) const {
      inflateEnd(stream);
      delete stream;
    }
  };
  Input(std::FILE* file, std::filesystem::path path, std::string format);
  void recognise();
  std::size_t read_plain(unsigned char* bytes, std::size_t size);
  std::size_t read_gzip(unsigned char* bytes, std::size_t size);
  bool begin_member();
  bool refill();

  std::filesystem::path path_;
  std::string format_, member_;
  std::unique_ptr<std::FILE, Close> file_;
  Source source_;                                  ///< In the place of the file.
  std::unique_ptr<z_stream, EndInflate> inflate_;  ///< Null for a plain file.
  std::vector<unsigned char> buffer_;
  std::size_t begin_ = 0, end_ = 0;    ///< What is left of the buffer.
  bool stream_ended_ = false;          ///< A member's checksum was seen and is right.
  std::optional<std::uint64_t> size_;  ///< Of the file, or most of a member.
  std::uint64_t position_ = 0;         ///< Bytes handed out.
};

/// The first bytes, unpacked, at most `size`: to tell formats apart. Throws Error as Input and its
/// `read_some`.
std::string first_bytes(const std::filesystem::path& path, std::size_t size);

}  // namespace pushforward::data
