#include <ATen/ATen.h>

#include "pushforward/lab/table.h"
#include "pushforward/nn/module.h"
#include "pushforward/nn/random.h"
#include "pushforward/ops/conv.h"

namespace pushforward::lab {
namespace {

struct Sizes {
  std::int64_t n, kernel, stride, padding, dilation, output_padding;
  std::int64_t formula() const {
    return (n - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1;
  }
  /// The size of what LibTorch makes along one axis.
  std::int64_t made() const {
    const auto x = at::zeros({1, 1, n}), weight = at::zeros({1, 1, kernel});
    return at::conv_transpose1d(x, weight, {}, stride, padding, output_padding, 1, dilation).size(2);
  }
};

/// Every combination of small parameters whose output is not empty.
std::vector<Sizes> combinations() {
  std::vector<Sizes> all;
  for (std::int64_t n = 1; n <= 4; ++n)
    for (std::int64_t kernel = 1; kernel <= 5; ++kernel)
      for (std::int64_t stride = 1; stride <= 3; ++stride)
        for (std::int64_t padding = 0; padding <= 2; ++padding)
          for (std::int64_t dilation = 1; dilation <= 3; ++dilation)
            for (std::int64_t more = 0; more < std::max(stride, dilation); ++more)
              if (const Sizes one{n, kernel, stride, padding, dilation, more}; one.formula() >= 1)
                all.push_back(one);
  return all;
}

/// The largest difference between the transposed convolution of y and Cᵀ y, C being the matrix of the
/// convolution, column by column what it makes of a unit image. Rows that C's last window does not reach are
/// the output_padding.
double difference_from_matrix(std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                              at::Generator generator) {
  constexpr std::int64_t side = 6;
  const auto weight = nn::draw_normal({2, 3, kernel, kernel}, 0, 1, generator, at::kDouble);
  const auto units = at::eye(3 * side * side, at::kDouble).view({-1, 3, side, side});
  const auto columns = ops::conv(units, weight, {.stride = stride, .padding = padding});
  const auto m = columns.size(2);
  const auto y = nn::draw_normal({1, 2, m, m}, 0, 1, generator, at::kDouble);
  const auto output_padding = side - ((m - 1) * stride + kernel - 2 * padding);
  const ops::Padding sides{padding, padding, padding - output_padding, padding - output_padding};
  const auto made = ops::conv_transpose(y, weight, {.stride = stride, .padding = sides});
  return (made.flatten() - columns.flatten(1).matmul(y.flatten())).abs().max().item<double>();
}

/// How many inputs add to each output, [side, side], where all are far from the border.
at::Tensor overlap(std::int64_t kernel, std::int64_t stride) {
  constexpr std::int64_t n = 16, border = 6;
  const auto made =
      at::conv_transpose2d(at::ones({1, 1, n, n}), at::ones({1, 1, kernel, kernel}), {}, stride)[0][0];
  const auto side = made.size(0);
  return made.slice(0, border, side - border).slice(1, border, side - border).slice(0, 0, 16).slice(1, 0, 16);
}

Findings::Picture checkerboards(const Setting& setting) {
  std::vector<std::uint8_t> pixels;
  for (const auto kernel : {3, 4, 5}) {
    const auto counts = overlap(kernel, 2);
    const auto levels = (counts / counts.max() * 255).to(at::kByte).contiguous();
    pixels.insert(pixels.end(), levels.data_ptr<std::uint8_t>(),
                  levels.data_ptr<std::uint8_t>() + levels.numel());
  }
  return {.file = "checkerboards",
          .image = report::make_grid({.n = 3, .height = 16, .width = 16, .pixels = pixels},
                                     {.columns = 3, .scale = 10, .gap = 8, .background = 170}),
          .alt = setting("picture.alt"),
          .caption = setting("picture.caption")};
}

/// The study's generator, layer by layer.
report::Table generator_sizes(const Setting& setting) {
  report::Table table{.title = setting("sizes.title"),
                      .columns = {{setting("sizes.in")},
                                  {setting("sizes.kernel")},
                                  {setting("sizes.stride")},
                                  {setting("sizes.padding")},
                                  {setting("sizes.formula")},
                                  {setting("sizes.made")}}};
  std::int64_t n = 1;
  for (const Sizes layer : {Sizes{0, 4, 1, 0, 1, 0},
                            {0, 4, 2, 1, 1, 0},
                            {0, 4, 2, 1, 1, 0},
                            {0, 4, 2, 1, 1, 0},
                            {0, 4, 2, 1, 1, 0}}) {
    auto here = layer;
    here.n = n;
    table.rows.push_back({n, here.kernel, here.stride, here.padding, here.formula(), here.made()});
    n = here.made();
  }
  return table;
}

}  // namespace

Findings transposed_convolution(const Setting& setting) {
  const auto all = combinations();
  const auto right = std::ranges::count_if(all, [](const Sizes& one) { return one.made() == one.formula(); });
  auto generator = nn::generator(setting.seed("weights"));
  double largest = 0;
  for (const std::int64_t kernel : {2, 3, 4})
    for (const std::int64_t stride : {1, 2})
      for (const std::int64_t padding : {0, 1})
        largest = std::max(largest, difference_from_matrix(kernel, stride, padding, generator));
  const auto ratio = [](const at::Tensor& counts) { return (counts.max() / counts.min()).item<double>(); };
  Findings found{
      .checks = {
          {.what = setting("check.sizes", all.size()),
           .measured = static_cast<double>(right),
           .expected = static_cast<double>(all.size())},
          {.what = setting("check.transpose"), .measured = largest, .expected = 0, .error = 1e-12},
          {.what = setting("check.even", 4, 2), .measured = ratio(overlap(4, 2)), .expected = 1},
          {.what = setting("check.uneven", 3, 2), .measured = ratio(overlap(3, 2)), .expected = 4},
          {.what = setting("check.uneven", 5, 2), .measured = ratio(overlap(5, 2)), .expected = 9.0 / 4}}};
  found.tables.push_back(generator_sizes(setting));
  found.pictures.push_back(checkerboards(setting));
  return found;
}

}  // namespace pushforward::lab
