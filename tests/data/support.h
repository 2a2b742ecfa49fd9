// What the data tests share: a scratch folder and hostile files.
#pragma once

#include "tests/expect.h"
#include "tests/scratch_folder.h"
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pushforward/core/file.h"

namespace pushforward::data {

/// A folder of its own for each test, removed at the end.
class Scratch : ScratchFolder {
 public:
  std::filesystem::path operator/(const std::string& name) const { return folder / name; }
  const std::filesystem::path& path() const { return folder; }

  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories((folder / name).parent_path());
    std::filesystem::remove(folder /
                            name);  // Neither syncing nor truncating: thousands of those take minutes.
    std::ofstream(folder / name, std::ios::binary) << bytes;
    return folder / name;
  }
};

/// Sets an environment variable for the life of the object.
class Environment {
 public:
  Environment(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* before = ::getenv(name_.c_str())) before_ = before;
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    if (before_) {
      ::setenv(name_.c_str(), before_->c_str(), 1);
    } else {
      ::unsetenv(name_.c_str());
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::string name_;
  std::optional<std::string> before_;
};

inline std::string gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, bytes.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// Big-endian.
inline std::string u32(std::uint32_t v) {
  return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
          static_cast<char>(v)};
}

/// Pixel i of the file is i·7 mod 256.
inline std::string idx_images(std::uint32_t count, std::uint32_t height, std::uint32_t width) {
  std::string bytes = u32(0x803) + u32(count) + u32(height) + u32(width);
  for (std::uint32_t i = 0; i < count * height * width; ++i) bytes += static_cast<char>(i * 7);
  return bytes;
}

inline std::string idx_labels(const std::string& labels) {
  return u32(0x801) + u32(static_cast<std::uint32_t>(labels.size())) + labels;
}

/// Every proper prefix must be refused with an Error.
inline void expect_every_truncation_refused(const Scratch& scratch, const std::string& bytes,
                                            const std::function<void(const std::filesystem::path&)>& read) {
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto path = scratch.write("truncated", bytes.substr(0, length));
    EXPECT_NE(message([&] { read(path); }), "no error") << length << " of " << bytes.size() << " bytes";
  }
}

/// Flips every bit of the first `count` bytes, one at a time: an Error or images, never anything else.
inline void expect_no_flip_crashes(const Scratch& scratch, const std::string& bytes, std::size_t count,
                                   const std::function<void(const std::filesystem::path&)>& read) {
  for (std::size_t bit = 0; bit < std::min(count, bytes.size()) * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const auto path = scratch.write("flipped", flipped);
    EXPECT_NO_THROW(message([&] { read(path); })) << "bit " << bit;
  }
}

}  // namespace pushforward::data
