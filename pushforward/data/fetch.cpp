#include "pushforward/data/fetch.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/checksum.h"

namespace pushforward::data {
namespace {

namespace fs = std::filesystem;

/// The bytes so far, in FILE.part, locked against a second process.
class Part {
 public:
  explicit Part(const fs::path& destination)
      : destination_(destination),
        path_(destination.string() + ".part"),
        descriptor_(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) throw fail("cannot write {}: {}", path_.string(), std::strerror(errno));
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      ::close(descriptor_);
      throw fail("{} is being fetched by another process", destination_.string());
    }
  }
  ~Part() { ::close(descriptor_); }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  std::int64_t size() const { return ::lseek(descriptor_, 0, SEEK_END); }
  const fs::path& path() const { return path_; }

  bool append(const char* bytes, std::size_t count) {
    while (count > 0) {
      const auto written = ::write(descriptor_, bytes, count);
      if (written < 0) return false;
      bytes += written;
      count -= static_cast<std::size_t>(written);
    }
    return true;
  }

  void clear() {
    if (::ftruncate(descriptor_, 0) != 0)
      throw fail("cannot write {}: {}", path_.string(), std::strerror(errno));
  }

  void remove() { fs::remove(path_); }

  void place() {
    std::error_code error;
    if (::fsync(descriptor_) != 0) error.assign(errno, std::generic_category());
    if (!error) fs::rename(path_, destination_, error);
    if (error) throw fail("cannot write {}: {}", destination_.string(), error.message());
  }

 private:
  fs::path destination_, path_;
  int descriptor_;
};

/// One request's view of the file.
struct Transfer {
  Part& part;
  std::int64_t expected;
  Progress& progress;
  bool oversized = false;
  std::string write_error;
};

std::size_t on_bytes(char* bytes, std::size_t size, std::size_t count, void* data) {
  auto* transfer = static_cast<Transfer*>(data);
  const std::size_t total = size * count;
  if (transfer->part.size() + static_cast<std::int64_t>(total) > transfer->expected) {
    transfer->oversized = true;
    return 0;
  }
  if (!transfer->part.append(bytes, total)) {
    transfer->write_error = std::strerror(errno);
    return 0;
  }
  transfer->progress.advance(static_cast<std::int64_t>(total));
  return total;
}

int on_progress(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return interrupted() ? 1 : 0;
}

CURLcode request(CURL* curl, const std::string& url, Transfer& transfer, const FetchOptions& options) {
  const char* protocols = url.starts_with("https://") ? "https" : "http,https";
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "pushforward");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.connect_seconds));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 100L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_seconds));
  curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer.part.size()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  return curl_easy_perform(curl);
}

bool is_md5(const std::string& sum) {
  return sum.size() == 32;
}

/// The file's sum of the kind that `published` is.
std::string sum_like(const std::string& published, const fs::path& path) {
  return is_md5(published) ? md5_of_file(path) : sha256_of_file(path);
}

/// What became of one attempt: placed when `problem` is empty, otherwise whether the same mirror is worth
/// another.
struct Outcome {
  std::string problem;
  bool retry = false;
};

Outcome attempt(CURL* curl, const std::string& url, const RemoteFile& file, Part& part,
                const FetchOptions& options) {
  const std::int64_t before = part.size();
  Progress progress("fetch " + file.name, file.bytes, "bytes");
  progress.advance(before);
  Transfer transfer{.part = part, .expected = file.bytes, .progress = progress};
  const CURLcode code = before < file.bytes ? request(curl, url, transfer, options) : CURLE_OK;
  if (code == CURLE_ABORTED_BY_CALLBACK)
    throw Interrupted(fmt::format("interrupted with {} of {} bytes of {}; fetch again to continue",
                                  part.size(), file.bytes, file.name));
  if (!transfer.write_error.empty())
    throw fail("cannot write {}: {}", part.path().string(), transfer.write_error);

  const bool resumed = before > 0;
  if (code == CURLE_OK && part.size() == file.bytes) {
    const std::string sum = sum_like(file.sum, part.path());
    if (sum == file.sum) return {};
    part.clear();
    return {.problem =
                fmt::format("expected {} {}, found {}", is_md5(file.sum) ? "md5" : "sha256", file.sum, sum),
            .retry = resumed};
  }
  if (transfer.oversized || code == CURLE_OK) {
    const std::string found = transfer.oversized ? "more" : fmt::format("{}", part.size());
    part.clear();
    return {.problem = fmt::format("expected {} bytes, found {}", file.bytes, found), .retry = resumed};
  }
  if (code == CURLE_HTTP_RETURNED_ERROR) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return {.problem = fmt::format("HTTP status {}", status)};
  }
  if (code == CURLE_RANGE_ERROR) {
    part.clear();
    return {.problem = "cannot resume", .retry = true};
  }
  const bool cut = code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING;
  return {
      .problem = fmt::format("{} after {} of {} bytes", curl_easy_strerror(code), part.size(), file.bytes),
      .retry = cut};
}

void fetch_file(CURL* curl, const std::vector<std::string>& mirrors, const RemoteFile& file,
                const fs::path& destination, const FetchOptions& options) {
  Part part(end_of_links(destination));
  std::vector<std::string> failures;
  for (const auto& mirror : mirrors) {
    const std::string url = mirror + file.name;
    Outcome outcome;
    for (int n = 0; n < options.attempts && (n == 0 || outcome.retry); ++n) {
      outcome = attempt(curl, url, file, part, options);
      if (outcome.problem.empty()) return part.place();
    }
    failures.push_back(url + ": " + outcome.problem);
  }
  if (part.size() == 0) part.remove();
  throw fail("cannot fetch {}: {}", file.name, fmt::join(failures, "; "));
}

bool is_right(const fs::path& path, const RemoteFile& file) {
  std::error_code absent;
  const auto size = fs::file_size(path, absent);
  return !absent && size == static_cast<std::uintmax_t>(file.bytes) && sum_like(file.sum, path) == file.sum;
}

}  // namespace

fs::path fetch(const Entry& entry, const fs::path& destination, const FetchOptions& options) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (started != CURLE_OK || curl == nullptr) throw fail("cannot fetch {}: libcurl cannot start", entry.name);

  std::vector<std::string> mirrors = entry.mirrors;
  if (const char* first = std::getenv("PUSHFORWARD_MIRROR"); first != nullptr && *first != '\0')
    mirrors.insert(mirrors.begin(), fmt::format("{}/{}/", first, entry.name));

  const fs::path folder = destination / entry.name;
  make_folder(folder);
  for (const auto& file : entry.files)
    if (!is_right(folder / file.name, file))
      fetch_file(curl.get(), mirrors, file, folder / file.name, options);
  return folder;
}

}  // namespace pushforward::data
