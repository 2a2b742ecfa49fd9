// A folder of its own for each test, and images to put into it.
#pragma once

#include "tests/expect.h"
#include "tests/ops/tensors.h"
#include "tests/scratch_folder.h"

#include <filesystem>
#include <string>
#include <vector>

#include "pushforward/core/file.h"
#include "pushforward/core/random.h"
#include "pushforward/core/terminal.h"
#include "pushforward/data/npy.h"

namespace pushforward {

class ImageFolder : public ::testing::Test, protected ScratchFolder {
 protected:
  ImageFolder() { terminal().set_quiet(true); }

  std::string path(const std::string& name) const { return (folder / name).string(); }

  /// uint8 [n, channels, side, side], uniform from `darkest` up to 255.
  static at::Tensor noise(std::int64_t n, std::int64_t channels, std::int64_t side, std::uint64_t seed,
                          int darkest = 0) {
    auto engine = stream(seed, "test images");
    auto images = at::empty({n, channels, side, side}, at::kByte);
    auto* pixel = images.data_ptr<std::uint8_t>();
    for (std::int64_t i = 0; i < images.numel(); ++i)
      pixel[i] = static_cast<std::uint8_t>(
          darkest + static_cast<int>(uniform_below(engine, static_cast<std::uint64_t>(256 - darkest))));
    return images;
  }

  /// A .npy of T; its path.
  template <typename T>
  std::string write(const std::string& name, const at::Tensor& values) const {
    const auto x = values.contiguous();
    const std::span<const T> all(x.data_ptr<T>(), static_cast<std::size_t>(x.numel()));
    data::write_npy(folder / name, data::NpyArray::of<T>(x.sizes().vec(), all));
    return path(name);
  }

  /// An IDX file of images [n, side, side] or labels [n].
  void write_idx(const std::string& name, const at::Tensor& values) const {
    std::string bytes("\0\0\x08", 3);
    bytes += static_cast<char>(values.dim());
    for (const auto size : values.sizes())
      for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift);
    const auto plain = values.to(at::kByte).contiguous();
    bytes.append(static_cast<const char*>(plain.data_ptr()), static_cast<std::size_t>(plain.numel()));
    std::filesystem::create_directories((folder / name).parent_path());
    write_file(folder / name, bytes);
  }

  /// The folder `set` with 60 training and 30 test images of 16×16 in 3 classes: noise with a bright stripe.
  std::string write_stripes() const {
    for (const auto& [split, n] : {std::pair{"train", 60}, {"t10k", 30}}) {
      auto images = noise(n, 1, 16, static_cast<std::uint64_t>(n)).squeeze(1).floor_divide(2);
      for (std::int64_t i = 0; i < n; ++i) images[i].slice(0, 5 * (i % 3), 5 * (i % 3) + 5).add_(120);
      write_idx(fmt::format("set/{}-images-idx3-ubyte", split), images);
      write_idx(fmt::format("set/{}-labels-idx1-ubyte", split), at::arange(n).remainder(3));
    }
    return path("set");
  }
};

}  // namespace pushforward
