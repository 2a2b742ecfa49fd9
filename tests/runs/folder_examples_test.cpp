// Folders of pictures as models take them.
#include "tests/expect.h"
#include "tests/scratch_folder.h"

#include "pushforward/models/examples.h"
#include "pushforward/report/grid.h"

namespace pushforward {
namespace {

TEST(FolderExamples, OfManySizesAreOneSetWhereTheyAreResized) {
  const ScratchFolder scratch;
  const auto write = [&](const std::string& name, int side) {
    report::Image image{.width = side, .height = side, .channels = 1, .pixels = {}};
    image.pixels.assign(static_cast<std::size_t>(side) * static_cast<std::size_t>(side), 7);
    report::write_png(scratch.folder / name, image);
  };
  write("a.png", 16);
  write("b.png", 20);
  const auto set = models::load_examples(scratch.folder.string(), 8);
  EXPECT_EQ(set.shape, (models::Shape{.channels = 1, .height = 8, .width = 8}));
  EXPECT_EQ(set.values.sizes(), at::IntArrayRef({2, 1, 8, 8}));
  EXPECT_TRUE(set.values.eq(7).all().item<bool>());
  expect_says([&] { models::load_examples(scratch.folder.string()); }, "data.resize makes them equal");
}

}  // namespace
}  // namespace pushforward
