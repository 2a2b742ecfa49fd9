// Features of sets that need not fit into memory, and those that are kept.
#include "pushforward/evaluation/set_features.h"

#include "tests/models/images.h"

#include <fstream>

#include "pushforward/evaluation/feature_rows.h"

namespace pushforward::evaluation {
namespace {

/// Two numbers of an image, and how many images it was asked for.
class Counting : public Extractor {
 public:
  Counting() : Extractor("counting", "") {}
  Extracted extract(const at::Tensor& images, const std::string&, bool with_logits) override {
    seen += images.size(0);
    const auto x = images.flatten(1).to(at::kFloat);
    const auto features = at::stack({x.mean(1), x.square().mean(1)}, 1);
    return {features, with_logits ? features * 2 : at::Tensor()};
  }
  std::int64_t seen = 0;
};

class SetsOfAnySize : public ImageFolder {
 protected:
  SetFeatures features_of(const std::string& spec, std::int64_t n = 0, FeatureCache* cache = nullptr) {
    return FeatureExtraction(extractor, cache, true).of(data::Spec(spec), n, 7);
  }
  FeatureCache cache(std::uintmax_t most = FeatureCache::usual_most) const {
    return FeatureCache(folder / "cache", most);
  }
  std::int64_t kept() const {
    return std::distance(std::filesystem::directory_iterator(folder / "cache"), {});
  }

  Counting extractor;
};

TEST_F(SetsOfAnySize, AreExtractedPartByPartAsAWhole) {
  const auto images = noise(300, 1, 4, 1);  // a part of 64 and one of the rest
  const auto set = features_of(write<std::uint8_t>("a.npy", images));
  const auto whole = extractor.extract(images, "", true);
  EXPECT_TRUE(at::equal(set.extracted.features, whole.features));
  EXPECT_TRUE(at::equal(set.extracted.logits, whole.logits));
  EXPECT_EQ(set.name, path("a.npy"));
  EXPECT_FALSE(set.labels.defined());
  const auto other = noise(100, 1, 4, 2, 40);
  const auto inverted = features_of(write<std::uint8_t>("b.npy", other) + "+invert");
  EXPECT_TRUE(at::equal(inverted.extracted.features, extractor.extract(255 - other, "", false).features));
}

TEST_F(SetsOfAnySize, AreTheSameOnesInAnyOrderWhereSomeAreChosen) {
  const auto images = noise(300, 1, 4, 1);
  const auto order = at::randperm(300);
  const auto some = features_of(write<std::uint8_t>("a.npy", images), 90).extracted.features;
  const auto others =
      features_of(write<std::uint8_t>("b.npy", images.index_select(0, order)), 90).extracted.features;
  ASSERT_EQ(some.size(0), 90);
  const auto sorted = [](const at::Tensor& x) { return std::get<0>(x.select(1, 0).sort()); };
  EXPECT_TRUE(at::equal(sorted(some), sorted(others)));
  EXPECT_EQ(features_of(path("a.npy"), 1000).extracted.features.size(0), 300);
}

TEST_F(SetsOfAnySize, AreNotExtractedTwice) {
  auto known = cache();
  const auto images = noise(300, 1, 4, 1);
  const auto first = features_of(write<std::uint8_t>("a.npy", images), 0, &known);
  EXPECT_EQ(extractor.seen, 300);
  // By content, whatever the name; more of the same begins with what is known.
  const auto more = at::cat({images, noise(500, 1, 4, 2)});
  const auto again = features_of(write<std::uint8_t>("b.npy", images), 0, &known);
  EXPECT_EQ(extractor.seen, 300);
  EXPECT_TRUE(at::equal(first.extracted.features, again.extracted.features));
  EXPECT_TRUE(at::equal(first.extracted.logits, again.extracted.logits));
  features_of(write<std::uint8_t>("c.npy", more), 0, &known);
  EXPECT_EQ(extractor.seen, 300 + 800 - 64);
  // One pixel is another image.
  auto changed = images.clone();
  changed[299][0][3][3] = 255 - changed[299][0][3][3].item<int>();
  features_of(write<std::uint8_t>("d.npy", changed), 0, &known);
  EXPECT_EQ(extractor.seen, 300 + 736 + 236);
}

TEST_F(SetsOfAnySize, AreExtractedAnewWhereWhatWasKeptIsDamaged) {
  auto known = cache();
  const auto spec = write<std::uint8_t>("a.npy", noise(40, 1, 4, 1));
  const auto first = features_of(spec, 0, &known);
  ASSERT_EQ(kept(), 1);
  const auto file = std::filesystem::directory_iterator(folder / "cache")->path();
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(-5, std::ios::end).put('x');
  EXPECT_TRUE(at::equal(features_of(spec, 0, &known).extracted.features, first.extracted.features));
  EXPECT_EQ(extractor.seen, 80);
  features_of(spec, 0, &known);
  EXPECT_EQ(extractor.seen, 80) << "it was written anew";
}

TEST_F(SetsOfAnySize, KeepNoMoreThanTheCacheMay) {
  auto small = cache(3'000);  // a file of 60 images is some 1,100 bytes
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    features_of(write<std::uint8_t>("a.npy", noise(60, 1, 4, seed)), 0, &small);
  EXPECT_EQ(kept(), 2);
  features_of(path("a.npy"), 0, &small);
  EXPECT_EQ(extractor.seen, 300) << "the last is there";
}

TEST_F(SetsOfAnySize, AreMeasuredWhereNothingCanBeKept) {
  std::ofstream(folder / "file") << "no folder";
  FeatureCache nowhere(folder / "file" / "cache");
  EXPECT_EQ(
      features_of(write<std::uint8_t>("a.npy", noise(40, 1, 4, 1)), 0, &nowhere).extracted.features.size(0),
      40);
}

TEST_F(SetsOfAnySize, LieInAFileBeyondWhatMemoryIsFor) {
  const auto rows = normal({1000, 3}, 1);
  FeatureRows many(500), few;
  for (const auto& part : rows.split(130)) {
    many.add(part);
    few.add(part);
  }
  EXPECT_TRUE(at::equal(many.all(), rows));
  EXPECT_TRUE(at::equal(few.all(), rows));
  EXPECT_FALSE(FeatureRows().all().defined());
  expect_says([&] { many.add(normal({4, 2}, 1)); }, "expected rows of 3 numbers, got 2");
}

}  // namespace
}  // namespace pushforward::evaluation
