// A folder with two small image sets.
#pragma once

#include "tests/scratch_folder.h"
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "pushforward/core/random.h"
#include "pushforward/core/terminal.h"
#include "pushforward/data/npy.h"

namespace pushforward {

namespace fs = std::filesystem;

/// Removed at the end of the test. in.npy: 50 images of 1×2×3 with values 0 … 99; out.npy: 20, 100 … 199.
class Scratch : public ::testing::Test, protected ScratchFolder {
 protected:
  Scratch() {
    terminal().set_quiet(true);
    write_images("in.npy", 50, 0);
    write_images("out.npy", 20, 100);
  }

  /// Values from `darkest` to `darkest` + 99.
  void write_images(const std::string& name, std::int64_t count, int darkest) const {
    auto engine = stream(0, name);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count) * 6);
    for (auto& pixel : pixels)
      pixel = static_cast<std::uint8_t>(darkest + static_cast<int>(uniform_below(engine, 100)));
    data::write_npy(folder / name, data::NpyArray::of<std::uint8_t>({count, 2, 3}, pixels));
  }

  std::string path(const std::string& name) const { return (folder / name).string(); }
};

}  // namespace pushforward
