#include "pushforward/data/folder.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <map>
#include <system_error>
#include <utility>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
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
constexpr std::size_t most_named = 5;  // files of a line
constexpr std::size_t most_classes = 256;

std::string start_of(const fs::path& path) {
  std::string start(12, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) throw fail("[folder] {}: cannot be read", path.string());
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(file.gcount()));
  return start;
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
  const std::string start = start_of(path);
  if (!is_picture(start))
    throw fail("{}: expected a PNG, JPEG or WebP file, found {}", where,
               start.empty() ? "an empty one" : "something else");
  Images image = to_image(decode(read_file(path, largest_file), path.string()), reading, where);
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
      left_out_.push_back({name_of(path), "hidden"});
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

Images FolderReader::next(std::int64_t most, std::vector<std::string>& names) {
  Images images;
  for (; next_ < files_.size() && images.count < most; ++next_) {
    if (interrupted()) throw Interrupted("interrupted while reading images");
    const auto& path = files_[next_];
    Images image;
    try {
      image = read_image_file(path, reading_);
    } catch (const Error& error) {
      leave_out(path, error.what());
      continue;
    }
    if (prepare_) prepare_(image, count_);
    ++count_;
    names.push_back(name_of(path));
    if (images.count == 0) {
      images = std::move(image);
      continue;
    }
    if (image.channels != images.channels || image.height != images.height || image.width != images.width)
      throw fail("[folder] {}: expected images of one shape, found {}×{}×{} in {} and {}×{}×{} in {}{}",
                 folder_.string(), images.channels, images.height, images.width, name_of(images.source),
                 image.channels, image.height, image.width, name_of(path),
                 image.channels == images.channels ? "; data.resize makes them equal in training" : "");
    images.pixels.insert(images.pixels.end(), image.pixels.begin(), image.pixels.end());
    ++images.count;
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
  if (left_out.empty()) return;
  std::vector<std::string> named;
  for (std::size_t i = 0; i < std::min(left_out.size(), most_named); ++i) named.push_back(left_out[i].name);
  const auto more = left_out.size() - named.size();
  say("{}: left out {} {}: {}{}", folder, left_out.size(),
      left_out.size() == 1 ? "file that is no image" : "files that are no images", fmt::join(named, ", "),
      more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace pushforward::data
