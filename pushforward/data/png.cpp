#include "pushforward/data/png.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward::data {
namespace {

constexpr png_uint_32 most_chunks = 128;  // that are kept, texts and the like

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

bool read_header(Decoder& decoder) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_set_read_fn(decoder.png, &decoder, on_read);
  png_set_chunk_malloc_max(decoder.png, decoder.bytes.size());  // More, unpacked, is a bomb.
  png_set_chunk_cache_max(decoder.png, most_chunks);
  png_read_info(decoder.png, decoder.info);
  decoder.width = png_get_image_width(decoder.png, decoder.info);
  decoder.height = png_get_image_height(decoder.png, decoder.info);
  return true;
}

/// 8-bit gray or RGB, with alpha where there is any.
bool set_up_rows(Decoder& decoder) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_set_expand(decoder.png);
  png_set_strip_16(decoder.png);
  png_set_interlace_handling(decoder.png);
  png_read_update_info(decoder.png, decoder.info);
  decoder.channels = png_get_channels(decoder.png, decoder.info);
  return true;
}

bool read_rows(Decoder& decoder, png_bytep* rows) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_read_image(decoder.png, rows);
  png_read_end(decoder.png, decoder.info);  // The orientation may stand behind the pixels.
  return true;
}

/// Whether every chunk up to the end is as long as it claims: libpng allocates what it claims.
bool chunks_are_whole(std::string_view bytes) {
  constexpr std::size_t signature = 8, around = 12;  // a length, a name and a sum
  for (std::size_t at = signature; at < bytes.size();) {
    if (bytes.size() - at < around) return false;
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(bytes[at + i]);
    if (length > bytes.size() - at - around) return false;
    if (bytes.substr(at + 4, 4) == "IEND") return true;
    at += around + length;
  }
  return false;
}

int orientation_of(Decoder& decoder) {
  png_bytep exif = nullptr;
  png_uint_32 size = 0;
  if (png_get_eXIf_1(decoder.png, decoder.info, &size, &exif) == 0) return 1;
  return exif_orientation({reinterpret_cast<const char*>(exif), size});
}

}  // namespace

bool is_png(std::string_view bytes) {
  return bytes.starts_with("\x89PNG\r\n\x1a\n");
}

Picture decode_png(std::string_view bytes, const std::string& where) {
  if (!chunks_are_whole(bytes)) throw fail("[png] {}: the file is cut short", where);
  Decoder decoder{.bytes = bytes};
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, on_error, on_warning);
  if (decoder.png != nullptr) decoder.info = png_create_info_struct(decoder.png);
  if (decoder.info == nullptr) throw fail("[png] {}: libpng cannot start", where);
  if (!read_header(decoder)) throw fail("[png] {}: {}", where, decoder.message);
  expect_bounded(decoder.height, decoder.width, png_get_channels(decoder.png, decoder.info),
                 "[png] " + where);
  if (!set_up_rows(decoder)) throw fail("[png] {}: {}", where, decoder.message);
  expect_bounded(decoder.height, decoder.width, static_cast<unsigned>(decoder.channels), "[png] " + where);

  const std::size_t stride = std::size_t{decoder.width} * static_cast<unsigned>(decoder.channels);
  Picture picture{
      .height = decoder.height, .width = decoder.width, .channels = decoder.channels, .pixels = {}};
  picture.pixels.resize(stride * decoder.height);
  std::vector<png_bytep> rows(decoder.height);
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = picture.pixels.data() + y * stride;
  if (!read_rows(decoder, rows.data())) throw fail("[png] {}: {}", where, decoder.message);
  picture.orientation = orientation_of(decoder);
  return picture;
}

}  // namespace pushforward::data
