#include "pushforward/data/npz.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <memory>
#include <system_error>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"

namespace pushforward::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view array_ending = ".npy", text_ending = ".txt";

std::string reason(archive* zip) {
  const char* message = archive_error_string(zip);
  const std::string text = message == nullptr ? "unreadable" : message;
  return text.substr(0, text.find_last_not_of('\n') + 1);
}

/// The members of a zip, by its directory at the end.
class ZipReader {
 public:
  explicit ZipReader(const fs::path& path) : path_(path) {
    std::error_code error;
    size_ = fs::file_size(path, error);  // which is an error of a folder and of what is not there
    if (error) throw fail("{}: cannot read: {}", where(), error.message());
    archive_read_support_format_zip_seekable(zip_.get());
    expect(archive_read_open_filename(zip_.get(), path.c_str(), block));
  }

  /// Goes to the next member; false at the end.
  bool next() {
    const int status = archive_read_next_header(zip_.get(), &entry_);
    if (status == ARCHIVE_EOF) return false;
    expect(status == ARCHIVE_WARN ? ARCHIVE_OK : status);  // a warning is of a name in another alphabet
    return true;
  }

  std::string name() const {
    const char* name = archive_entry_pathname(entry_);
    return name == nullptr ? "?" : name;
  }

  /// Most bytes that the member can have.
  std::uint64_t most() const {
    const auto claimed = static_cast<std::uint64_t>(std::max<std::int64_t>(0, archive_entry_size(entry_)));
    return std::min(claimed, size_ * deflate_ratio);
  }

  std::size_t read(unsigned char* bytes, std::size_t size) {
    const la_ssize_t count = archive_read_data(zip_.get(), bytes, size);
    expect(count < 0 ? static_cast<int>(count) : ARCHIVE_OK);
    return static_cast<std::size_t>(count);
  }

 private:
  static constexpr std::size_t block = std::size_t{1} << 16;

  struct Free {
    void operator()(archive* zip) const { archive_read_free(zip); }
  };

  std::string where() const { return "[npz] " + path_.string(); }
  void expect(int status) const {
    if (status != ARCHIVE_OK)
      throw fail("{}: expected a whole zip of .npy arrays: {}", where(), reason(zip_.get()));
  }

  fs::path path_;
  std::uint64_t size_ = 0;
  std::unique_ptr<archive, Free> zip_{archive_read_new()};
  archive_entry* entry_ = nullptr;
};

/// A zip on its way into a file. Exceptions must not cross libarchive's frames: they wait here.
class ZipWriter {
 public:
  explicit ZipWriter(const fs::path& path) : file_(path) {
    archive_write_set_format_zip(zip_.get());
    archive_write_zip_set_compression_store(zip_.get());
    archive_write_set_bytes_in_last_block(zip_.get(), 1);
    expect(archive_write_open(zip_.get(), this, nullptr, on_write, nullptr));
  }

  void begin(const std::string& name, std::size_t size) {
    constexpr int readable = 0644;
    archive_entry_clear(entry_.get());
    archive_entry_set_pathname(entry_.get(), name.c_str());
    archive_entry_set_filetype(entry_.get(), AE_IFREG);
    archive_entry_set_perm(entry_.get(), readable);
    archive_entry_set_size(entry_.get(), static_cast<la_int64_t>(size));
    expect(archive_write_header(zip_.get(), entry_.get()));
  }

  void write(const void* bytes, std::size_t size) {
    const auto* from = static_cast<const char*>(bytes);
    while (size > 0) {
      const la_ssize_t count = archive_write_data(zip_.get(), from, size);
      expect(count <= 0 ? ARCHIVE_FATAL : ARCHIVE_OK);
      from += count;
      size -= static_cast<std::size_t>(count);
    }
  }

  void commit() {
    expect(archive_write_close(zip_.get()));
    file_.commit();
  }

 private:
  struct Free {
    void operator()(archive* zip) const { archive_write_free(zip); }
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
  };

  static la_ssize_t on_write(archive* zip, void* self, const void* bytes, std::size_t size) {
    auto* writer = static_cast<ZipWriter*>(self);
    try {
      if (!writer->error_) writer->file_.write(bytes, size);
      return static_cast<la_ssize_t>(size);
    } catch (...) {
      writer->error_ = std::current_exception();
      archive_set_error(zip, EIO, "unwritable");
      return ARCHIVE_FATAL;
    }
  }

  void expect(int status) {
    if (error_) std::rethrow_exception(error_);
    if (status != ARCHIVE_OK) throw fail("cannot write a zip: {}", reason(zip_.get()));
  }

  AtomicFile file_;
  std::exception_ptr error_;
  std::unique_ptr<archive, Free> zip_{archive_write_new()};
  std::unique_ptr<archive_entry, Free> entry_{archive_entry_new()};
};

}  // namespace

bool is_zip(std::string_view start) {
  return start.starts_with("PK\3\4") || start.starts_with("PK\5\6");
}

Npz::Npz(fs::path path) : path_(std::move(path)) {
  for (ZipReader zip(path_); zip.next();) members_.push_back(zip.name());
  auto sorted = members_;
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end())
    throw fail("{}: holds {} twice", where(), *twice);
  for (const auto& member : members_)
    if (member.ends_with(array_ending))
      names_.push_back(member.substr(0, member.size() - array_ending.size()));
}

bool Npz::has(const std::string& name) const {
  return std::ranges::find(names_, name) != names_.end();
}

Input Npz::open_member(const std::string& member, const std::string& name) const {
  const auto zip = std::make_shared<ZipReader>(path_);
  while (zip->next())
    if (zip->name() == member)
      return {path_, "npz", name,
              [zip](unsigned char* bytes, std::size_t size) { return zip->read(bytes, size); }, zip->most()};
  throw fail("{}: expected an array {}, found {}", where(), name,
             names_.empty() ? "none" : fmt::format("{}", fmt::join(names_, ", ")));
}

Input Npz::open(const std::string& name) const {
  return open_member(name + std::string(array_ending), name);
}

NpyArray Npz::read(const std::string& name) const {
  auto input = open(name);
  const auto header = read_npy_header(input);
  return read_npy_array(input, header);
}

std::string Npz::text(const std::string& name) const {
  constexpr std::size_t most = 4096;
  const auto member = name + std::string(text_ending);
  if (std::ranges::find(members_, member) == members_.end()) return "";
  std::string text(most, '\0');
  text.resize(open_member(member, member).read_some(text.data(), most));
  return text;
}

void write_npz(const fs::path& path, const std::vector<std::pair<std::string, NpyArray>>& arrays,
               const std::vector<std::pair<std::string, std::string>>& texts) {
  ZipWriter zip(path);
  for (const auto& [name, array] : arrays) {
    const auto prefix = npy_prefix(array, fmt::format("[npz] {}:{}", path.string(), name));
    zip.begin(name + std::string(array_ending), prefix.size() + array.bytes.size());
    zip.write(prefix.data(), prefix.size());
    zip.write(array.bytes.data(), array.bytes.size());
  }
  for (const auto& [name, text] : texts) {
    zip.begin(name + std::string(text_ending), text.size());
    zip.write(text.data(), text.size());
  }
  zip.commit();
}

}  // namespace pushforward::data
