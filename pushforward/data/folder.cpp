#include "pushforward/data/folder.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/data/jpeg.h"
#include "pushforward/data/png.h"

namespace pushforward::data {
namespace {

constexpr std::size_t largest_file = std::size_t{1} << 28;

}  // namespace

Images read_image_file(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path))
    throw fail("[folder] {}: expected a PNG or JPEG file, found {}", path.string(),
               std::filesystem::is_directory(path) ? "a folder" : "something else");
  const std::string bytes = read_file(path, largest_file);
  if (!is_png(bytes) && !is_jpeg(bytes))
    throw fail("[folder] {}: expected a PNG or JPEG file, found {}", path.string(),
               bytes.empty() ? "an empty one" : "something else");
  Images image = is_png(bytes) ? decode_png(bytes, path.string()) : decode_jpeg(bytes, path.string());
  image.name = path.string();
  image.source = path;
  return image;
}

std::vector<std::filesystem::path> image_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  if (error) throw fail("[folder] {}: cannot read: {}", folder.string(), error.message());
  for (const auto& entry : entries)
    if (!entry.path().filename().string().starts_with(".")) paths.push_back(entry.path());
  if (paths.empty()) throw fail("[folder] {}: expected PNG or JPEG files, found none", folder.string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

void add_image(Images& images, const Images& image) {
  if (images.count == 0) {
    images = image;
    return;
  }
  if (image.channels != images.channels || image.height != images.height || image.width != images.width)
    throw fail("[folder] {}: expected images of one shape, found {}×{}×{} in {} and {}×{}×{} in {}",
               image.source.parent_path().string(), images.channels, images.height, images.width,
               images.source.filename().string(), image.channels, image.height, image.width,
               image.source.filename().string());
  images.pixels.insert(images.pixels.end(), image.pixels.begin(), image.pixels.end());
  ++images.count;
}

Images read_image_folder(const std::filesystem::path& folder) {
  Images images;
  for (const auto& path : image_files(folder)) add_image(images, read_image_file(path));
  images.name = folder.string();
  images.source = folder;
  return images;
}

}  // namespace pushforward::data
