#include "pushforward/data/input.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "pushforward/core/error.h"

namespace pushforward::data {

Input::Input(std::filesystem::path path, std::string format)
    : path_(std::move(path)), format_(std::move(format)), buffer_(std::size_t{1} << 16) {
  std::error_code error;
  const auto status = std::filesystem::status(path_, error);
  if (!std::filesystem::exists(status)) throw fail("{}: no such file", where());
  if (!std::filesystem::is_regular_file(status)) throw fail("{}: expected a file", where());
  size_ = std::filesystem::file_size(path_, error);
  file_.reset(std::fopen(path_.c_str(), "rb"));
  if (error || file_ == nullptr)
    throw fail("{}: cannot read: {}", where(), error ? error.message() : std::strerror(errno));
  recognise();
}

Input::Input(std::FILE* file, std::filesystem::path path, std::string format)
    : path_(std::move(path)), format_(std::move(format)), file_(file), buffer_(std::size_t{1} << 16) {
  if (file == nullptr) throw fail("{}: cannot read: {}", where(), std::strerror(errno));
  recognise();
}

Input::Input(std::filesystem::path path, std::string format, std::string member, Source source,
             std::uint64_t most)
    : path_(std::move(path)),
      format_(std::move(format)),
      member_(std::move(member)),
      source_(std::move(source)),
      buffer_(std::size_t{1} << 16),
      size_(most) {
  recognise();
}

Input Input::standard_input(std::string format) {
  return {::fdopen(::dup(STDIN_FILENO), "rb"), "-", std::move(format)};
}

void Input::recognise() {
  if (!refill()) throw fail("{}: the file is empty", where());
  if (end_ >= 2 && buffer_[0] == 0x1f && buffer_[1] == 0x8b) {
    constexpr int gzip_window = 15 + 16;
    auto stream = std::make_unique<z_stream>();
    if (inflateInit2(stream.get(), gzip_window) != Z_OK) throw fail("{}: zlib cannot start", where());
    inflate_.reset(stream.release());
  }
}

std::string Input::where() const {
  return "[" + format_ + "] " + path_.string() + (member_.empty() ? "" : ":" + member_);
}

bool Input::refill() {
  begin_ = 0;
  if (source_) return (end_ = source_(buffer_.data(), buffer_.size())) > 0;
  end_ = std::fread(buffer_.data(), 1, buffer_.size(), file_.get());
  if (std::ferror(file_.get()) != 0) throw fail("{}: cannot read: {}", where(), std::strerror(errno));
  return end_ > 0;
}

std::size_t Input::read_plain(unsigned char* bytes, std::size_t size) {
  std::size_t done = 0;
  while (done < size && (begin_ < end_ || refill())) {
    const std::size_t count = std::min(size - done, end_ - begin_);
    std::memcpy(bytes + done, buffer_.data() + begin_, count);
    begin_ += count;
    done += count;
  }
  return done;
}

/// The gzip's next member, after one that has ended.
bool Input::begin_member() {
  while (begin_ < end_ || refill()) {
    if (buffer_[begin_] == 0x1f) {
      stream_ended_ = false;
      return inflateReset(inflate_.get()) == Z_OK;
    }
    if (buffer_[begin_] != 0) return false;
    ++begin_;
  }
  return false;
}

std::size_t Input::read_gzip(unsigned char* bytes, std::size_t size) {
  std::size_t done = 0;
  while (done < size && (!stream_ended_ || begin_member()) && (begin_ < end_ || refill())) {
    const std::size_t room = std::min<std::size_t>(size - done, 1 << 30);
    inflate_->next_in = buffer_.data() + begin_;
    inflate_->avail_in = static_cast<uInt>(end_ - begin_);
    inflate_->next_out = bytes + done;
    inflate_->avail_out = static_cast<uInt>(room);
    const int status = inflate(inflate_.get(), Z_NO_FLUSH);
    begin_ = end_ - inflate_->avail_in;
    done += room - inflate_->avail_out;
    stream_ended_ = status == Z_STREAM_END;
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      throw fail("{}: the gzip is damaged ({})", where(),
                 inflate_->msg != nullptr ? inflate_->msg : zError(status));
  }
  return done;
}

std::size_t Input::read_some(void* bytes, std::size_t size) {
  auto* to = static_cast<unsigned char*>(bytes);
  const std::size_t done = inflate_ ? read_gzip(to, size) : read_plain(to, size);
  position_ += done;
  return done;
}

void Input::read(void* bytes, std::size_t size) {
  const std::uint64_t start = position_;
  if (read_some(bytes, size) == size) return;
  throw fail("{}: expected at least {} bytes, found {}{}", where(), start + size, position_,
             inflate_ && !stream_ended_ ? " before the gzip is cut short" : "");
}

void Input::expect_end() {
  const std::uint64_t size = position_;
  unsigned char extra = 0;
  if (read_some(&extra, 1) == 1) throw fail("{}: expected {} bytes, found more", where(), size);
  if (!inflate_) return;
  if (!stream_ended_) throw fail("{}: the gzip is cut short, its checksum is missing", where());
  if (begin_ < end_ || refill()) throw fail("{}: bytes follow the end of the gzip", where());
}

void Input::expect_room(std::uint64_t size) const {
  if (!size_) return;
  const std::uint64_t most = inflate_ ? *size_ * deflate_ratio : *size_;
  if (size > most - std::min(most, position_))
    throw fail("{}: expected {} bytes after the header at byte {}, found {}{}", where(), size, position_,
               inflate_ ? "a gzip that can hold at most " : "", most - std::min(most, position_));
}

std::string first_bytes(const std::filesystem::path& path, std::size_t size) {
  std::string start(size, '\0');
  start.resize(Input(path, "file").read_some(start.data(), start.size()));
  return start;
}

}  // namespace pushforward::data
