#include "pushforward/data/cifar.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <map>
#include <memory>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/data/input.h"

namespace pushforward::data {
namespace {

constexpr std::int64_t record = 1 + 3 * 32 * 32;
constexpr std::int64_t largest_batch = 10'000 * record;
constexpr std::uint64_t largest_archive = std::uint64_t{1} << 28;  // Unpacked; the real one is 184 MB.
constexpr int labels = 10;

/// libarchive reads the tar out of an Input, which checks the gzip and bounds it. Exceptions must not cross
/// libarchive's frames: they wait here.
struct Source {
  Input input;
  std::array<unsigned char, 1 << 16> buffer{};
  std::exception_ptr error;
};

la_ssize_t on_read(archive* tar, void* data, const void** bytes) {
  auto* source = static_cast<Source*>(data);
  *bytes = source->buffer.data();
  try {
    if (source->input.position() > largest_archive)
      throw fail("{}: expected at most {} bytes unpacked, found more", source->input.where(),
                 largest_archive);
    return static_cast<la_ssize_t>(source->input.read_some(source->buffer.data(), source->buffer.size()));
  } catch (...) {
    source->error = std::current_exception();
    archive_set_error(tar, EIO, "unreadable");
    return ARCHIVE_FATAL;
  }
}

class Tar {
 public:
  explicit Tar(const std::filesystem::path& path) : source_{.input = Input(path, "cifar10")} {
    archive_read_support_format_tar(tar_.get());
    expect(archive_read_open(tar_.get(), &source_, nullptr, on_read, nullptr));
  }

  /// The next member's name, or "" at the end, where the gzip's own end is checked.
  std::string next() {
    const int status = archive_read_next_header(tar_.get(), &entry_);
    if (status != ARCHIVE_EOF) {
      expect(status);
      const char* name = archive_entry_pathname(entry_);
      return name == nullptr ? "?" : name;
    }
    while (source_.input.read_some(source_.buffer.data(), source_.buffer.size()) > 0)  // A tar's padding.
      if (source_.input.position() > largest_archive)
        throw fail("{}: expected at most {} bytes unpacked, found more", where(), largest_archive);
    source_.input.expect_end();
    return "";
  }

  std::vector<std::uint8_t> member(const std::string& name) {
    const std::int64_t size = archive_entry_size(entry_);
    if (size <= 0 || size % record != 0 || size > largest_batch)
      throw fail("{}: expected {} to hold 1 to {} records of {} bytes, found {} bytes", where(), name,
                 largest_batch / record, record, size);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    std::size_t done = 0;
    while (done < bytes.size()) {
      const la_ssize_t count = archive_read_data(tar_.get(), bytes.data() + done, bytes.size() - done);
      expect(count < 0 ? static_cast<int>(count) : ARCHIVE_OK);
      if (count == 0) throw fail("{}: expected {} bytes in {}, found {}", where(), bytes.size(), name, done);
      done += static_cast<std::size_t>(count);
    }
    return bytes;
  }

  std::string where() const { return source_.input.where(); }

 private:
  struct Free {
    void operator()(archive* tar) const { archive_read_free(tar); }
  };

  void expect(int status) {
    if (source_.error) std::rethrow_exception(source_.error);
    if (status != ARCHIVE_OK) {
      const char* message = archive_error_string(tar_.get());
      throw fail("{}: expected a tar archive: {}", where(), message == nullptr ? "unreadable" : message);
    }
  }

  Source source_;
  std::unique_ptr<archive, Free> tar_{archive_read_new()};
  archive_entry* entry_ = nullptr;
};

}  // namespace

bool is_cifar_archive(const std::filesystem::path& path) {
  if (path.filename() == cifar_archive) return true;
  try {
    constexpr std::size_t magic_at = 257;
    const auto start = first_bytes(path, magic_at + 5);
    return start.size() == magic_at + 5 && start.ends_with("ustar");
  } catch (const Error&) {
    return false;
  }
}

Images read_cifar10(const std::filesystem::path& path, const std::string& split) {
  std::vector<std::string> wanted{"test_batch.bin"};
  if (split == "train")
    wanted = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
              "data_batch_5.bin"};

  Tar tar(path);
  std::map<std::string, std::vector<std::uint8_t>> batches;
  for (std::string member = tar.next(); !member.empty(); member = tar.next()) {
    const std::string name = std::filesystem::path(member).filename().string();
    if (std::find(wanted.begin(), wanted.end(), name) != wanted.end()) batches[name] = tar.member(name);
  }

  Images images;
  images.name = path.string();
  images.source = path;
  images.channels = 3;
  images.height = images.width = 32;
  for (const auto& name : wanted) {
    const auto batch = batches.find(name);
    if (batch == batches.end()) throw fail("{}: expected a member {}, found none", tar.where(), name);
    const auto& bytes = batch->second;
    for (auto at = bytes.begin(); at != bytes.end(); at += record, ++images.count) {
      if (*at >= labels)
        throw fail("{}: expected labels 0 to {}, found {} in record {} of {}", tar.where(), labels - 1, *at,
                   (at - bytes.begin()) / record, name);
      images.labels.push_back(*at);
      images.pixels.insert(images.pixels.end(), at + 1, at + record);
    }
  }
  return images;
}

}  // namespace pushforward::data
