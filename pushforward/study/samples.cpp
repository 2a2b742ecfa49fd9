#include "pushforward/study/samples.h"

#include <algorithm>

namespace pushforward::study {

report::Image grid(const at::Tensor& pixels) {
  const auto bytes = pixels.contiguous();
  const auto side = static_cast<int>(std::max(bytes.size(2), bytes.size(3)));
  const report::GridImages images{
      .n = static_cast<int>(bytes.size(0)),
      .channels = static_cast<int>(bytes.size(1)),
      .height = static_cast<int>(bytes.size(2)),
      .width = static_cast<int>(bytes.size(3)),
      .pixels = {bytes.data_ptr<std::uint8_t>(), static_cast<std::size_t>(bytes.numel())}};
  return report::make_grid(images, {.scale = std::clamp(64 / side, 1, 4)});
}

void write_grid(const std::filesystem::path& path, const at::Tensor& pixels) {
  report::write_png(path, grid(pixels));
}

}  // namespace pushforward::study
