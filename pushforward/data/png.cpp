#include "pushforward/data/png.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward::data {
namespace {

constexpr std::uint64_t largest_image = std::uint64_t{1} << 26;

/// libpng leaves by longjmp: what the jumps cross is plain data, what must be destroyed lives in the caller.
struct Decoder {
  std::string_view bytes;
  std::size_t at = 0;
  png_structp png = nullptr;
  png_infop info = nullptr;
  char message[128] = "";
  png_uint_32 width = 0, height = 0;
  int channels = 0;

  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

void on_error(png_structp png, png_const_charp message) {
  auto* decoder = static_cast<Decoder*>(png_get_error_ptr(png));
  std::strncpy(decoder->message, message, sizeof decoder->message - 1);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}  // Oddities that leave the pixels whole.

void on_read(png_structp png, png_bytep to, std::size_t size) {
  auto* decoder = static_cast<Decoder*>(png_get_io_ptr(png));
  if (size > decoder->bytes.size() - decoder->at) png_error(png, "the file is cut short");
  std::memcpy(to, decoder->bytes.data() + decoder->at, size);
  decoder->at += size;
}

/// Sets up 8-bit gray or RGB, with alpha where there is any.
bool read_header(Decoder& decoder) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_set_read_fn(decoder.png, &decoder, on_read);
  png_read_info(decoder.png, decoder.info);
  png_set_expand(decoder.png);
  png_set_scale_16(decoder.png);
  png_set_interlace_handling(decoder.png);
  png_read_update_info(decoder.png, decoder.info);
  decoder.width = png_get_image_width(decoder.png, decoder.info);
  decoder.height = png_get_image_height(decoder.png, decoder.info);
  decoder.channels = png_get_channels(decoder.png, decoder.info);
  return true;
}

bool read_rows(Decoder& decoder, png_bytep* rows) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_read_image(decoder.png, rows);
  png_read_end(decoder.png, nullptr);
  return true;
}

/// [H, W, C + 1] → [H, W, C]; false when a pixel is not opaque.
bool drop_opaque_alpha(std::vector<std::uint8_t>& pixels, std::size_t channels) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < pixels.size(); from += channels + 1) {
    if (pixels[from + channels] != 255) return false;
    for (std::size_t c = 0; c < channels; ++c) pixels[to++] = pixels[from + c];
  }
  pixels.resize(to);
  return true;
}

}  // namespace

bool is_png(std::string_view bytes) {
  return bytes.starts_with("\x89PNG\r\n\x1a\n");
}

Images decode_png(std::string_view bytes, const std::string& where) {
  Decoder decoder{.bytes = bytes};
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, on_error, on_warning);
  if (decoder.png != nullptr) decoder.info = png_create_info_struct(decoder.png);
  if (decoder.info == nullptr) throw fail("[png] {}: libpng cannot start", where);
  if (!read_header(decoder)) throw fail("[png] {}: {}", where, decoder.message);

  const std::uint64_t stride = std::uint64_t{decoder.width} * static_cast<unsigned>(decoder.channels);
  if (stride * decoder.height > largest_image)
    throw fail("[png] {}: expected at most {} values, found {}×{}×{}", where, largest_image, decoder.channels,
               decoder.height, decoder.width);
  std::vector<std::uint8_t> pixels(stride * decoder.height);
  std::vector<png_bytep> rows(decoder.height);
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = pixels.data() + y * stride;
  if (!read_rows(decoder, rows.data())) throw fail("[png] {}: {}", where, decoder.message);

  const bool alpha = decoder.channels % 2 == 0;
  Images image;
  image.count = 1;
  image.channels = decoder.channels - (alpha ? 1 : 0);
  image.height = decoder.height;
  image.width = decoder.width;
  if (alpha && !drop_opaque_alpha(pixels, static_cast<std::size_t>(image.channels)))
    throw fail("[png] {}: expected gray or RGB, found transparent pixels", where);
  image.pixels.resize(pixels.size());
  to_planar(pixels.data(), image.pixels.data(), image.channels, image.height * image.width);
  return image;
}

}  // namespace pushforward::data
