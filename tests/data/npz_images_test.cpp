#include "pushforward/data/npz_images.h"

#include "tests/data/support.h"

#include "pushforward/data/image_stream.h"
#include "pushforward/data/load.h"

namespace pushforward::data {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

const fs::path golden = fs::path(PUSHFORWARD_TESTS_DIR) / "goldens" / "npz" / "samples.npz";

NpyArray images(std::int64_t count, std::uint8_t first = 0) {
  Bytes values(static_cast<std::size_t>(count * 6));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(first + i);
  return NpyArray::of<std::uint8_t>({count, 2, 3}, values);
}

NpyArray numbers(const std::vector<std::int64_t>& values) {
  return NpyArray::of<std::int64_t>({std::ssize(values)}, values);
}

TEST(NpzImages, AreSamplesAndTheirLabels) {
  const Images samples = load_images(golden.string());
  EXPECT_EQ(samples.shape(), "4 images of 3×9×8");
  EXPECT_EQ(samples.name, golden.string());
  EXPECT_EQ(samples.image(0)[1], 3) << "the second pixel's red";
  EXPECT_EQ(samples.image(1)[0], 216);
  EXPECT_EQ(samples.labels, (Bytes{3, 0, 255, 7}));
  const Images inverted = load_images(golden.string() + ":arr_0+invert");
  EXPECT_EQ(inverted.name, golden.string() + ":arr_0+invert");
  EXPECT_EQ(inverted.image(1)[0], 255 - 216);
  EXPECT_EQ(inverted.labels, samples.labels);
  const auto stream = open_images(golden.string());
  Bytes pixels;
  for (auto part = stream->next(3); part.images.count > 0; part = stream->next(3))
    pixels.insert(pixels.end(), part.images.pixels.begin(), part.images.pixels.end());
  EXPECT_EQ(pixels, samples.pixels);
}

TEST(NpzImages, AreFoundAmongOtherArrays) {
  Scratch scratch;
  const auto path = scratch / "a.npz";
  const auto write = [&](const std::vector<std::pair<std::string, NpyArray>>& arrays) {
    write_npz(path, arrays);
  };
  write({{"pictures", images(5)}});
  EXPECT_EQ(read_npz_images(path).count, 5);
  write({{"names", numbers({1, 2})}, {"pictures", images(5)}});
  EXPECT_EQ(read_npz_images(path).count, 5);
  write({{"mu", numbers({1})}, {"arr_0", images(3)}, {"others", images(5)}});
  EXPECT_EQ(read_npz_images(path).count, 3);
  EXPECT_EQ(read_npz_images(path, "others").count, 5);
  write({{"x_test", images(5)}, {"x_train", images(7)}, {"y", numbers({1})}});
  EXPECT_THROW(read_npz_images(path), UsageError);
  expect_contains(message([&] { load_images(path.string()); }),
                  {"several arrays of images, x_test, x_train: choose one, as in ", "a.npz:x_test"});
  EXPECT_EQ(load_images(path.string() + ":x_train").count, 7);
  EXPECT_NE(Spec(path.string() + ":x_train").source(), Spec(path.string() + ":x_test").source());
  expect_contains(message([&] { open_images(path.string() + ":x_tset"); }), {"did you mean x_test?"});
  expect_contains(message([&] { load_images(path.string() + ":y"); }), {"a.npz:y: expected images"});
  write({{"mu", numbers({1})}, {"sigma", numbers({1})}});
  expect_contains(message([&] { load_images(path.string()); }),
                  {"expected an array of images, found mu, sigma"});
  write_npz(path, {}, {{"notes", "no arrays"}});
  expect_contains(message([&] { load_images(path.string()); }), {"found none at all"});
}

TEST(NpzImages, LabelsThatAreNoneAreLeft) {
  Scratch scratch;
  for (const auto& labels : {numbers({1, 2}), numbers({1, 2, 256}), numbers({-1, 2, 3}),
                             NpyArray::of<float>({3}, std::vector<float>{1, 2, 3})}) {
    write_npz(scratch / "a.npz", {{"arr_0", images(3)}, {"arr_1", labels}});
    EXPECT_TRUE(read_npz_images(scratch / "a.npz").labels.empty());
  }
}

TEST(NpzImages, AreRefusedCutShort) {
  Scratch scratch;
  expect_every_truncation_refused(scratch, read_file(golden),
                                  [](const auto& path) { read_npz_images(path); });
}

}  // namespace
}  // namespace pushforward::data
