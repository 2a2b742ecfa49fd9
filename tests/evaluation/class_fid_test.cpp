// FID class by class, of features made here.
#include "pushforward/evaluation/class_fid.h"

#include "tests/expect.h"
#include "tests/ops/tensors.h"
#include "tests/scratch_folder.h"
#include <gtest/gtest.h>

#include <filesystem>

#include "pushforward/core/random.h"
#include "pushforward/metrics/fid.h"
#include "pushforward/report/grid.h"

namespace pushforward::evaluation {
namespace {

/// Features [n, 2] of which the i-th has the label i mod K.
Side labelled(const std::string& name, std::int64_t n, std::int64_t classes, std::uint64_t seed) {
  return {.name = name,
          .extractor = "values",
          .count = n,
          .dims = 2,
          .features = normal({n, 2}, seed),
          .labels = at::arange(n).remainder(classes)};
}

at::Tensor of_class(const Side& side, std::int64_t label) {
  return side.features.index_select(0, side.labels.eq(label).nonzero().squeeze(1));
}

TEST(ClassFid, IsThatOfEachClassAlone) {
  const auto real = labelled("real", 90, 3, 1), fake = labelled("fake", 60, 3, 2);
  const auto found = fid_by_class(real, fake);
  ASSERT_EQ(found.classes.size(), 3U);
  double sum = 0;
  for (std::int64_t label = 0; label < 3; ++label) {
    const auto& one = found.classes[static_cast<std::size_t>(label)];
    const auto expected = metrics::fid(of_class(real, label), of_class(fake, label));
    EXPECT_EQ(one.name, std::to_string(label));
    EXPECT_EQ(one.real, 30);
    EXPECT_EQ(one.fake, 20);
    EXPECT_EQ(one.value->value, expected.value);
    EXPECT_EQ(one.value->high, expected.high);
    sum += expected.value;
  }
  EXPECT_DOUBLE_EQ(found.mean->value, sum / 3);
  EXPECT_GT(found.mean->high, found.mean->value);
  EXPECT_TRUE(found.notes.empty());
}

TEST(ClassFid, ClassesAreToldByTheirNames) {
  auto real = labelled("real", 90, 3, 1), fake = labelled("fake", 60, 3, 2);
  real.classes = {"bag", "coat", "dress"};
  fake.classes = {"coat", "dress", "shirt"};
  const auto found = fid_by_class(real, fake);
  ASSERT_EQ(found.classes.size(), 2U);
  EXPECT_EQ(found.classes[0].name, "coat");
  EXPECT_EQ(found.classes[0].value->value, metrics::fid(of_class(real, 1), of_class(fake, 0)).value);
  EXPECT_EQ(found.notes, (std::vector<std::string>{"class bag: only in real", "class shirt: only in fake"}));
  fake.classes = {"boot", "sandal", "shirt"};
  EXPECT_NE(message([&] { fid_by_class(real, fake); }).find("no class is in both real and fake"),
            std::string::npos);
}

TEST(ClassFid, OfFoldersIsThatOfTheFoldersInThem) {
  const ScratchFolder scratch;
  const auto write = [&](const std::string& name, std::uint64_t seed) {
    auto engine = stream(seed, name);
    report::Image image{.width = 2, .height = 2, .channels = 1, .pixels = {}};
    for (int i = 0; i < 4; ++i) image.pixels.push_back(static_cast<std::uint8_t>(uniform_below(engine, 256)));
    std::filesystem::create_directories((scratch.folder / name).parent_path());
    report::write_png(scratch.folder / name, image);
  };
  for (std::uint64_t i = 0; i < 5; ++i)
    for (const auto* folder : {"real/bag", "real/coat", "fake/coat", "fake/dress"})
      write(fmt::format("{}/{}.png", folder, i), i);
  Sides sides({.features = "pixels"});
  const auto found = fid_by_class(sides.load((scratch.folder / "real").string(), 0, false),
                                  sides.load((scratch.folder / "fake").string(), 1, false));
  ASSERT_EQ(found.classes.size(), 1U);
  EXPECT_EQ(found.classes[0].name, "coat");
  EXPECT_EQ(found.classes[0].real, 5);
  EXPECT_EQ(found.classes[0].fake, 5);
  EXPECT_EQ(found.notes.size(), 2U) << "bag and dress are on one side alone";
}

TEST(ClassFid, SaysWhatIsTooFew) {
  const auto real = labelled("real", 9, 3, 1), fake = labelled("fake", 4, 3, 2);  // 2, 1 and 1
  const auto found = fid_by_class(real, fake);
  EXPECT_TRUE(found.classes[0].value);
  EXPECT_FALSE(found.classes[1].value);
  EXPECT_EQ(found.mean->value, found.classes[0].value->value);
  ASSERT_EQ(found.notes.size(), 2U);
  EXPECT_EQ(found.notes[0], "classes 1, 2: a single sample on either side has no covariance");
  EXPECT_NE(found.notes[1].find("class 0: no more samples than the 2 dimensions"), std::string::npos);
  EXPECT_TRUE(to_json(found).at("classes")[1].at("fid").is_null());
  EXPECT_NE(report::to_text(to_table(found)).find("–"), std::string::npos);
  auto without = fake;
  without.labels = at::Tensor();
  EXPECT_NE(message([&] { fid_by_class(real, without); }).find("--by-class: fake has no labels"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::evaluation
