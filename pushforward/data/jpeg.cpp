#include "pushforward/data/jpeg.h"

#include <jerror.h>
#include <jpeglib.h>  // Needs <cstdio> first.

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward::data {
namespace {

constexpr int most_scans = 500;

/// libjpeg leaves by longjmp: what the jumps cross is plain data, what must be destroyed lives in the caller.
struct Decoder {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf jump{};
  char message[JMSG_LENGTH_MAX] = "";

  ~Decoder() { jpeg_destroy_decompress(&jpeg); }
};

void on_error(j_common_ptr jpeg) {
  auto* decoder = static_cast<Decoder*>(jpeg->client_data);
  jpeg->err->format_message(jpeg, decoder->message);
  std::longjmp(decoder->jump, 1);
}

void on_message(j_common_ptr jpeg, int level) {
  const int code = jpeg->err->msg_code;
  const bool whole = code == JWRN_EXTRANEOUS_DATA || code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM;
  if (level < 0 && !whole) on_error(jpeg);  // The data are corrupt and libjpeg would make up the rest.
}

/// A small progressive file can ask for scans without end.
void on_progress(j_common_ptr jpeg) {
  auto* decoder = static_cast<Decoder*>(jpeg->client_data);
  if (decoder->jpeg.input_scan_number <= most_scans) return;
  std::snprintf(decoder->message, sizeof decoder->message, "more than %d scans", most_scans);
  std::longjmp(decoder->jump, 1);
}

bool read_header(Decoder& decoder, std::string_view bytes) {
  if (setjmp(decoder.jump) != 0) return false;
  jpeg_create_decompress(&decoder.jpeg);
  decoder.jpeg.progress = &decoder.progress;
  jpeg_mem_src(&decoder.jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_save_markers(&decoder.jpeg, JPEG_APP0 + 1, 0xffff);  // EXIF
  jpeg_read_header(&decoder.jpeg, TRUE);
  return true;
}

bool read_rows(Decoder& decoder, std::uint8_t* pixels, std::size_t stride) {
  if (setjmp(decoder.jump) != 0) return false;
  jpeg_start_decompress(&decoder.jpeg);
  while (decoder.jpeg.output_scanline < decoder.jpeg.output_height) {
    JSAMPROW row = pixels + decoder.jpeg.output_scanline * stride;
    jpeg_read_scanlines(&decoder.jpeg, &row, 1);
  }
  jpeg_finish_decompress(&decoder.jpeg);
  return true;
}

int orientation_of(const jpeg_decompress_struct& jpeg) {
  for (const auto* marker = jpeg.marker_list; marker != nullptr; marker = marker->next) {
    const std::string_view bytes(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (bytes.starts_with(std::string_view("Exif\0\0", 6))) return exif_orientation(bytes);
  }
  return 1;
}

/// [H, W, 4] → [H, W, 3] as Pillow does it: Adobe's CMYK is stored inverted, and a colour is what black and
/// its ink leave.
std::vector<std::uint8_t> to_rgb(const std::vector<std::uint8_t>& cmyk) {
  std::vector<std::uint8_t> rgb(cmyk.size() / 4 * 3);
  auto* out = rgb.data();
  for (std::size_t i = 0; i < cmyk.size(); i += 4)
    for (std::size_t c = 0; c < 3; ++c) {
      const int white = cmyk[i + 3], product = (255 - cmyk[i + c]) * white + 128;
      *out++ = static_cast<std::uint8_t>(std::max(0, white - ((product + (product >> 8)) >> 8)));
    }
  return rgb;
}

}  // namespace

bool is_jpeg(std::string_view bytes) {
  return bytes.starts_with("\xff\xd8\xff");
}

Picture decode_jpeg(std::string_view bytes, const std::string& where) {
  Decoder decoder;
  decoder.jpeg.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = on_error;
  decoder.errors.emit_message = on_message;
  decoder.progress.progress_monitor = on_progress;
  decoder.jpeg.client_data = &decoder;
  if (!read_header(decoder, bytes)) throw fail("[jpeg] {}: {}", where, decoder.message);

  auto& jpeg = decoder.jpeg;
  const auto components = static_cast<unsigned>(jpeg.num_components);
  if (components != 1 && components != 3 && components != 4)
    throw fail("[jpeg] {}: expected gray, RGB or CMYK, found {} components", where, components);
  jpeg.out_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
  expect_bounded(jpeg.image_height, jpeg.image_width, components, "[jpeg] " + where);
  Picture picture{.height = jpeg.image_height,
                  .width = jpeg.image_width,
                  .channels = components,
                  .pixels = {},
                  .orientation = orientation_of(jpeg)};
  const std::size_t stride = std::size_t{jpeg.image_width} * components;
  picture.pixels.resize(stride * jpeg.image_height);
  if (!read_rows(decoder, picture.pixels.data(), stride)) throw fail("[jpeg] {}: {}", where, decoder.message);
  if (components == 4) {
    picture.pixels = to_rgb(picture.pixels);
    picture.channels = 3;
  }
  return picture;
}

}  // namespace pushforward::data
