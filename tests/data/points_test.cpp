#include "pushforward/data/points.h"

#include "tests/data/support.h"

#include <cmath>

#include "pushforward/data/describe.h"
#include "pushforward/data/load.h"
#include "pushforward/data/npy.h"
#include "pushforward/data/registry.h"

namespace pushforward::data {
namespace {

std::string save(const Scratch& scratch, const NpyArray& array) {
  const auto path = scratch / "points.npy";
  write_npy(path, array);
  return path.string();
}

TEST(Points, ComeFromArraysOfNumbers) {
  const Scratch scratch;
  const auto doubles =
      load_points(save(scratch, NpyArray::of<double>({2, 3}, std::vector<double>{1, -2, 0.5, 1e30, 0, 7})));
  EXPECT_EQ(doubles.values, (std::vector<float>{1, -2, 0.5, 1e30f, 0, 7}));
  EXPECT_EQ(doubles.shape(), "2 points of 3 dimensions");
  const auto whole =
      read_npy_points(save(scratch, NpyArray::of<std::int64_t>({1, 2}, std::vector<std::int64_t>{-1, 4})));
  EXPECT_EQ(whole.values, (std::vector<float>{-1, 4}));
  EXPECT_EQ(whole.source, scratch / "points.npy");
}

TEST(Points, RefuseWhatIsNoSetOfNumbers) {
  const Scratch scratch;
  for (const double broken : {std::nan(""), HUGE_VAL, -HUGE_VAL, 1e300}) {
    const auto path = save(scratch, NpyArray::of<double>({3, 2}, std::vector<double>{0, 0, 0, broken, 0, 0}));
    expect_contains(message([&] { read_npy_points(path); }),
                    {"[npy] ", "expected finite numbers", "in point 1"});
  }
  const auto flat = save(scratch, NpyArray::of<float>({2}, std::vector<float>{0, 0}));
  expect_contains(message([&] { read_npy_points(flat); }), {"expected points [N, D]", "found shape [2]"});
  const auto none = save(scratch, NpyArray::of<float>({0, 2}, std::vector<float>{}));
  expect_contains(message([&] { read_npy_points(none); }), {"found shape [0, 2]"});
  const auto bytes = save(scratch, NpyArray::of<std::uint8_t>({1, 1}, std::vector<std::uint8_t>{5}));
  expect_contains(message([&] { read_npy_points(bytes); }), {"found shape [1, 1] of uint8"});
}

TEST(Points, AreRefusedWhereFloat32WouldMakeOthersOfThem) {
  const Scratch scratch;
  std::vector<double> seconds;
  std::vector<std::int64_t> counts;
  for (int i = 0; i < 100; ++i) {
    seconds.push_back(1.7e9 + i / 100.0);
    counts.push_back((std::int64_t{1} << 40) + i);
  }
  expect_contains(message([&] {
                    read_npy_points(save(scratch, NpyArray::of<double>({50, 2}, seconds)));
                  }),
                  {"float32", "column 0", "standard deviation is 0.29", "subtract their mean, 17000000"});
  EXPECT_NE(message([&] {
              read_npy_points(save(scratch, NpyArray::of<std::int64_t>({100, 1}, counts)));
            }),
            "");
  for (auto& value : seconds) value -= 1.7e9;
  EXPECT_EQ(read_npy_points(save(scratch, NpyArray::of<double>({50, 2}, seconds))).count, 50);
  const std::vector<double> constant(10, 1.7e9 + 1);
  EXPECT_EQ(read_npy_points(save(scratch, NpyArray::of<double>({10, 1}, constant))).count, 10);
}

TEST(Points, AreDrawnByName) {
  const auto train = load_points("two-moons"), test = load_points("two-moons:test");
  EXPECT_EQ(train.name, "two-moons:train");
  EXPECT_EQ(train.count, 50'000);
  EXPECT_EQ(test.count, 10'000);
  EXPECT_FALSE(std::equal(test.values.begin(), test.values.end(), train.values.begin()));
  EXPECT_EQ(load_points("two-moons:train").values, train.values);
}

TEST(Points, AndImagesAreToldApart) {
  const Scratch scratch;
  const Environment data{"PUSHFORWARD_DATA", scratch.path().string()};
  scratch.write("toy/t10k-images-idx3-ubyte", idx_images(2, 2, 3));
  const auto points = save(scratch, NpyArray::of<float>({1, 2}, std::vector<float>{3, 4}));
  write_npy(scratch / "images.npy", NpyArray::of<float>({1, 1, 2}, std::vector<float>{0, 1}));
  const auto images = (scratch / "images.npy").string();
  EXPECT_TRUE(Spec("checkerboard").points() && Spec("checkerboard:test").points() && Spec(points).points());
  EXPECT_FALSE(Spec("toy:test").points() || Spec(images).points() || Spec("nowhere").points() ||
               Spec(scratch.path().string()).points());

  expect_contains(message([] { load_images("checkerboard:test"); }),
                  {"checkerboard: expected images, found points"});
  expect_contains(message([] { load("checkerboard"); }), {"checkerboard: expected images, found points"});
  expect_contains(message([&] { load_images(points); }), {"expected images", "found shape [1, 2]"});
  expect_contains(message([&] { load_points(images); }), {"expected points [N, D]", "found shape [1, 1, 2]"});
  expect_contains(message([] { load_points("toy:test"); }),
                  {"toy:test: expected points (eight-gaussians, ", "or a .npy file [N, D]), found images"});
  expect_contains(message([&] { load_points(scratch.path().string()); }), {"found images"});
  expect_contains(message([] { load_points("two-moon"); }), {"no data set", "did you mean two-moons?"});
  expect_contains(message([] { load_points("two-moons:tset"); }), {"unknown split tset"});
  expect_contains(message([] { load_points("two-moons+invert"); }),
                  {"only images can be perturbed", "+invert"});
  expect_contains(message([&] { load_points(points + "+flip"); }), {"only images can be perturbed"});
  expect_contains(message([&] { load_points(points + ":test"); }), {"a file has no splits"});
}

TEST(Points, AreListedAsGenerated) {
  const auto rows = list_datasets();
  const auto row =
      std::find_if(rows.begin(), rows.end(), [](const auto& r) { return r.name == "swiss-roll"; });
  ASSERT_NE(row, rows.end());
  EXPECT_TRUE(row->generated && !row->fetchable && !row->train && !row->test);
  EXPECT_FALSE(row->about.empty());
}

TEST(Points, AreDescribedByDimension) {
  const Points points{.name = "p", .source = {}, .count = 2, .dims = 2, .values = {1, 10, 3, 10}};
  const auto d = describe(points);
  EXPECT_EQ(d.mean, (std::vector<double>{2, 10}));
  EXPECT_EQ(d.std, (std::vector<double>{1, 0}));
  EXPECT_EQ(d.min, (std::vector<double>{1, 10}));
  EXPECT_EQ(d.max, (std::vector<double>{3, 10}));
  EXPECT_EQ(to_json(d)["source"], "generated");
}

}  // namespace
}  // namespace pushforward::data
