#include "pushforward/data/jpeg.h"

#include <jpeglib.h>  // Needs <cstdio> first.

#include <csetjmp>
#include <cstdio>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward::data {
namespace {

constexpr std::uint64_t largest_image = std::uint64_t{1} << 26;
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
  if (level < 0) on_error(jpeg);  // A warning: the data are corrupt and libjpeg would make up the rest.
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

}  // namespace

bool is_jpeg(std::string_view bytes) {
  return bytes.starts_with("\xff\xd8\xff");
}

Images decode_jpeg(std::string_view bytes, const std::string& where) {
  Decoder decoder;
  decoder.jpeg.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = on_error;
  decoder.errors.emit_message = on_message;
  decoder.progress.progress_monitor = on_progress;
  decoder.jpeg.client_data = &decoder;
  if (!read_header(decoder, bytes)) throw fail("[jpeg] {}: {}", where, decoder.message);

  auto& jpeg = decoder.jpeg;
  if (jpeg.num_components != 1 && jpeg.num_components != 3)
    throw fail("[jpeg] {}: expected gray or RGB, found {} components", where, jpeg.num_components);
  jpeg.out_color_space = jpeg.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  Images image;
  image.count = 1;
  image.channels = jpeg.num_components;
  image.height = jpeg.image_height;
  image.width = jpeg.image_width;
  if (static_cast<std::uint64_t>(image.dims()) > largest_image)
    throw fail("[jpeg] {}: expected at most {} values, found {}×{}×{}", where, largest_image, image.channels,
               image.height, image.width);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(image.dims()));
  if (!read_rows(decoder, pixels.data(), static_cast<std::size_t>(image.width * image.channels)))
    throw fail("[jpeg] {}: {}", where, decoder.message);
  image.pixels.resize(pixels.size());
  to_planar(pixels.data(), image.pixels.data(), image.channels, image.height * image.width);
  return image;
}

}  // namespace pushforward::data
