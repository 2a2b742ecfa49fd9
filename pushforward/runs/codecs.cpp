#include "pushforward/runs/codecs.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "pushforward/core/error.h"
#include "pushforward/core/progress.h"
#include "pushforward/ood/code_length.h"
#include "pushforward/report/webp.h"
#include "pushforward/runs/lzma.h"

namespace pushforward::runs {
namespace {

double nats_of(std::size_t bytes) {
  return static_cast<double>(bytes) * 8 * std::numbers::ln2;
}

report::Image interleaved(const ood::Pixels& image) {
  return report::make_grid({.n = 1,
                            .channels = static_cast<int>(image.channels),
                            .height = static_cast<int>(image.height),
                            .width = static_cast<int>(image.width),
                            .pixels = image.values},
                           {.columns = 1, .scale = 1, .gap = 0});
}

/// Of a PNG file, its IDAT chunks: each is a length, a name, so many bytes and a checksum.
double png_nats(const ood::Pixels& image) {
  const auto file = report::encode_png(interleaved(image));
  std::size_t bytes = 0;
  for (std::size_t at = 8, length = 0; at < file.size(); at += length + 12) {
    length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length * 256 + static_cast<unsigned char>(file[at + i]);
    if (file.compare(at + 4, 4, "IDAT") == 0) bytes += length;
  }
  return nats_of(bytes);
}

double webp_nats(const ood::Pixels& image) {
  constexpr std::size_t container = 20;  // RIFF, size, WEBP, VP8L, size
  return nats_of(report::encode_webp(interleaved(image)).size() - container);
}

double lzma_nats(const ood::Pixels& image) {
  return nats_of(lzma_size(image.values));
}

struct Codec {
  const char* name;
  ood::Compressor compressor;
  bool mosaic;        // how images lie together
  bool alone = true;  // whether it is also measured on each by itself
};

std::vector<Codec> codecs() {
  return {{"zlib, level 9", ood::compressor("deflate"), false},
          {"PNG, as libpng writes it", {"png", "", png_nats}, true},
          {"lossless WebP, level 6", {"webp", "", webp_nats}, true},
          {"LZMA", {"lzma", "", lzma_nats}, false, false},  // which sets up tables of megabytes for an image
          {"arithmetic code given neighbours", ood::compressor("context"), false}};
}

/// [N, C, H, W] → one image [1, C, N / columns · H, columns · W].
at::Tensor joined(const at::Tensor& images, std::int64_t columns) {
  const auto rows = images.size(0) / columns;
  return images.unflatten(0, {rows, columns})
      .permute({2, 0, 3, 1, 4})
      .reshape({1, images.size(1), rows * images.size(2), columns * images.size(3)});
}

}  // namespace

CodecRates codec_rates(const at::Tensor& images) {
  PF_CHECK(images.dim() == 4 && images.numel() > 0, "[codecs] expected images [N, C, H, W], got {}",
           fmt::join(images.sizes(), ", "));
  const auto dims = images[0].numel();
  const auto most = std::clamp<std::int64_t>((1 << 22) / dims, 1, 2500);
  const auto side = static_cast<std::int64_t>(std::sqrt(std::min(images.size(0), most)));
  const auto some = images.slice(0, 0, side * side);
  const double bit = static_cast<double>(some.numel()) * std::numbers::ln2;

  CodecRates result{.images = side * side, .rates = {}};
  const auto all = codecs();
  Progress progress("compress", std::ssize(all), "codecs");
  for (const auto& [name, compressor, mosaic, alone] : all) {
    const auto rate = [&](const at::Tensor& x) -> std::optional<double> {
      double nats = 0;
      for (const double length : ood::code_length(x, {compressor})) nats += length;
      return nats > 0 ? std::optional(nats / bit) : std::nullopt;
    };
    result.rates.push_back({name, alone ? rate(some) : std::nullopt, rate(joined(some, mosaic ? side : 1))});
    progress.advance();
  }
  return result;
}

report::Table to_table(const CodecRates& codecs, const std::string& data, const std::string& model,
                       std::optional<double> model_rate) {
  const auto cell = [](std::optional<double> rate) { return rate ? report::Cell(*rate, 3) : report::Cell(); };
  report::Table table{.title = fmt::format("Compressors on the first {} images of {}",
                                           report::Cell(codecs.images).text, data),
                      .columns = {{.name = "code", .align = report::Align::kLeft},
                                  {"image by image", "bits/dim"},
                                  {"together", "bits/dim"}}};
  if (model_rate) table.rows.push_back({model + ", this run", cell(model_rate), {}});
  for (const auto& [name, alone, together] : codecs.rates)
    table.rows.push_back({name, cell(alone), cell(together)});
  return table;
}

Json to_json(const CodecRates& codecs) {
  auto rates = Json::array();
  const auto value = [](std::optional<double> rate) { return rate ? Json(*rate) : Json(nullptr); };
  for (const auto& [name, alone, together] : codecs.rates)
    rates.push_back({{"code", name}, {"alone", value(alone)}, {"together", value(together)}});
  return {{"images", codecs.images}, {"rates", rates}};
}

}  // namespace pushforward::runs
