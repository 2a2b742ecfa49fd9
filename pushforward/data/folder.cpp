#include "pushforward/data/folder.h"

#include <omp.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <limits>
#include <map>
#include <system_error>
#include <utility>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/jpeg.h"
#include "pushforward/data/picture.h"
#include "pushforward/data/png.h"
#include "pushforward/data/webp.h"

namespace pushforward::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = std::size_t{1} << 28;
constexpr std::size_t most_reserved = std::size_t{1} << 30;  // bytes, of images that may not come
constexpr std::size_t most_named = 5;                        // files of a line
constexpr std::size_t most_classes = 256;
constexpr const char* hidden_file = "hidden";

/// Reads up to `size` further bytes behind `bytes`.
void append(std::ifstream& file, std::string& bytes, std::size_t size, const std::string& where) {
  const auto before = bytes.size();
  bytes.resize(before + size);
  file.read(bytes.data() + before, static_cast<std::streamsize>(size));
  if (file.bad()) throw fail("{}: cannot be read", where);
  bytes.resize(before + static_cast<std::size_t>(file.gcount()));
}

/// The bytes of a picture; of what is none no more than tells it.
std::string read_bytes(const fs::path& path, const std::string& where) {
  constexpr std::size_t start = 12;
  std::error_code error;
  const auto size = fs::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file.is_open()) throw fail("{}: cannot be read", where);
  std::string bytes;
  append(file, bytes, start, where);
  if (!is_picture(bytes))
    throw fail("{}: expected a PNG, JPEG or WebP file, found {}", where,
               bytes.empty() ? "an empty one" : "something else");
  if (size > largest_file) throw fail("{}: larger than {} bytes", where, largest_file);
  if (size > bytes.size()) append(file, bytes, size - bytes.size(), where);
  return bytes;
}

Picture decode(const std::string& bytes, const std::string& where) {
  if (is_png(bytes)) return decode_png(bytes, where);
  if (is_jpeg(bytes)) return decode_jpeg(bytes, where);
  return decode_webp(bytes, where);
}

}  // namespace

Labels labels_by_folder(const std::string& folder, const std::vector<std::string>& paths) {
  std::map<std::string, std::size_t> classes;
  for (const auto& path : paths) {
    const auto end = path.find('/');
    if (end == std::string::npos) return {};
    classes.emplace(path.substr(0, end), 0);
  }
  if (classes.size() < 2) return {};
  if (classes.size() > most_classes) {
    say("{}: {} folders are more than the {} classes that labels can tell apart: read without labels", folder,
        classes.size(), most_classes);
    return {};
  }
  Labels labels;
  for (auto& [name, number] : classes) {
    number = labels.classes.size();
    labels.classes.push_back(name);
  }
  for (const auto& path : paths)
    labels.numbers.push_back(static_cast<std::uint8_t>(classes.at(path.substr(0, path.find('/')))));
  return labels;
}

Images read_image_file(const fs::path& path, const Reading& reading) {
  const auto where = "[folder] " + path.string();
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored))
    throw fail("{}: expected a PNG, JPEG or WebP file, found {}", where,
               fs::is_directory(path, ignored) ? "a folder" : "something else");
  Images image = to_image(decode(read_bytes(path, where), path.string()), reading, where);
  image.name = path.string();
  image.source = path;
  return image;
}

bool is_picture(std::string_view start) {
  return is_png(start) || is_jpeg(start) || is_webp(start);
}

FolderReader::FolderReader(fs::path folder, Reading reading, Prepare prepare)
    : folder_(std::move(folder)), reading_(reading), prepare_(std::move(prepare)) {
  list(folder_, {});
  std::sort(files_.begin(), files_.end());
  std::ranges::sort(left_out_, {}, &LeftOut::name);
  if (files_.empty())
    throw fail("[folder] {}: expected PNG, JPEG or WebP files, found none", folder_.string());
}

std::string FolderReader::name_of(const fs::path& path) const {
  return path.lexically_relative(folder_).string();
}

void FolderReader::leave_out(const fs::path& path, const std::string& why) {
  if (reading_.strict) throw Error(why);
  left_out_.push_back({name_of(path), why});
}

void FolderReader::list(const fs::path& folder, std::vector<fs::path> around) {
  std::error_code error;
  around.push_back(fs::canonical(folder, error));
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const auto& path = entry->path();
    std::error_code ignored;
    if (path.filename().string().starts_with("."))
      left_out_.push_back({name_of(path), hidden_file});
    else if (!entry->is_directory(ignored))
      files_.push_back(path);
    else if (std::ranges::find(around, fs::canonical(path, ignored)) == around.end())
      list(path, around);
    else
      leave_out(path, fmt::format("[folder] {}: a link to a folder around it", path.string()));
  }
  if (!error) return;
  const auto why = fmt::format("[folder] {}: cannot read: {}", folder.string(), error.message());
  if (folder == folder_) throw Error(why);
  leave_out(folder, why);
}

std::vector<FolderReader::Outcome> FolderReader::read_some(std::int64_t most) const {
  constexpr std::int64_t to_a_thread = 4;  // which decoded pictures of any size wait in memory for
  const auto left = static_cast<std::int64_t>(files_.size() - next_);
  const auto count = std::min({left, most, to_a_thread * omp_get_max_threads()});
  std::vector<Outcome> read(static_cast<std::size_t>(count));
  const auto for_each = [&read](const auto& work) {
    const auto last = std::ssize(read);
#pragma omp parallel for schedule(dynamic) if (last > 1)
    for (std::int64_t i = 0; i < last; ++i) {
      auto& outcome = read[static_cast<std::size_t>(i)];
      try {
        work(outcome, static_cast<std::size_t>(i));
      } catch (...) {
        outcome.error = std::current_exception();
      }
    }
  };
  for_each([&](Outcome& outcome, std::size_t i) {
    try {
      outcome.image = read_image_file(files_[next_ + i], reading_);
    } catch (const Error& error) {
      outcome.left_out = error.what();
    }
  });
  auto number = count_;
  for (auto& outcome : read) outcome.number = outcome.left_out.empty() ? number++ : -1;
  if (prepare_)
    for_each([&](Outcome& outcome, std::size_t) {
      if (outcome.number >= 0 && !outcome.error) prepare_(outcome.image, outcome.number);
    });
  return read;
}

void FolderReader::take(Images image, Images& images, std::int64_t expected) const {
  if (images.count == 0) {
    images = std::move(image);
    images.pixels.reserve(std::min(most_reserved, static_cast<std::size_t>(expected) * images.pixels.size()));
    return;
  }
  if (image.channels != images.channels || image.height != images.height || image.width != images.width)
    throw fail("[folder] {}: expected images of one shape, found {}×{}×{} in {} and {}×{}×{} in {}{}",
               folder_.string(), images.channels, images.height, images.width, name_of(images.source),
               image.channels, image.height, image.width, name_of(image.source),
               image.channels == images.channels
                   ? "; --resize SIDE or, in training, data.resize makes them equal"
                   : "");
  images.pixels.insert(images.pixels.end(), image.pixels.begin(), image.pixels.end());
  ++images.count;
}

Images FolderReader::next(std::int64_t most, std::vector<std::string>& names) {
  Images images;
  while (next_ < files_.size() && images.count < most) {
    if (interrupted()) throw Interrupted("interrupted while reading images");
    for (auto& outcome : read_some(most - images.count)) {
      const auto& path = files_[next_];
      if (outcome.error) std::rethrow_exception(outcome.error);
      if (outcome.left_out.empty()) {
        names.push_back(name_of(path));
        take(std::move(outcome.image), images,
             std::min<std::int64_t>(most, std::ssize(files_) - static_cast<std::int64_t>(next_)));
        ++count_;
      } else {
        leave_out(path, outcome.left_out);
      }
      ++next_;
    }
  }
  if (count_ == 0 && next_ == files_.size())
    throw fail("[folder] {}: expected PNG, JPEG or WebP files, found none among {}; of one: {}",
               folder_.string(), files_.size(), left_out_.back().why);
  return images;
}

Images read_image_folder(const fs::path& folder, const Reading& reading, const Prepare& prepare) {
  FolderReader reader(folder, reading, prepare);
  std::vector<std::string> names;
  Images images = reader.next(std::numeric_limits<std::int64_t>::max(), names);
  images.name = folder.string();
  images.source = folder;
  images.left_out = reader.left_out();
  auto labels = labels_by_folder(images.name, names);
  images.labels = std::move(labels.numbers);
  images.classes = std::move(labels.classes);
  say_left_out(images.name, images.left_out);
  return images;
}

void say_left_out(const std::string& folder, const std::vector<LeftOut>& left_out) {
  std::vector<std::string> named, parts;
  std::size_t hidden = 0, more = 0;
  for (const auto& [name, why] : left_out)
    if (why == hidden_file)
      ++hidden;
    else if (named.size() < most_named)
      named.push_back(name);
    else
      ++more;
  if (!named.empty())
    parts.push_back(
        fmt::format("{} {}: {}{}", named.size() + more,
                    named.size() + more == 1 ? "file that is no image" : "files that are no images",
                    fmt::join(named, ", "), more > 0 ? fmt::format(" and {} more", more) : ""));
  if (hidden > 0) parts.push_back(fmt::format("{} hidden {}", hidden, hidden == 1 ? "file" : "files"));
  if (!parts.empty()) say("{}: left out {}", folder, fmt::join(parts, "; and "));
}

}  // namespace pushforward::data
