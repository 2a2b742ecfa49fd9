#include "pushforward/data/loader.h"

#include "tests/data/support.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace pushforward::data {
namespace {

/// Image i is all (i·3 mod 256), 2×3.
at::Tensor images(std::int64_t count) {
  Images set{.name = "toy", .count = count, .channels = 1, .height = 2, .width = 3};
  for (std::int64_t i = 0; i < count; ++i)
    set.pixels.insert(set.pixels.end(), 6, static_cast<std::uint8_t>(i * 3));
  return to_tensor(std::move(set));
}

std::vector<std::int64_t> epoch_of(Loader& loader) {
  std::vector<std::int64_t> seen;
  for (std::int64_t b = 0; b < loader.batches(); ++b) {
    const auto batch = loader.next();
    seen.insert(seen.end(), batch.indices.begin(), batch.indices.end());
  }
  return seen;
}

TEST(ToTensor, KeepsThePixelsAndTheirOrder) {
  Images set{.name = "toy",
             .count = 2,
             .channels = 3,
             .height = 1,
             .width = 2,
             .pixels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255}};
  const auto copied = to_tensor(set);
  const auto* where = set.pixels.data();
  const auto moved = to_tensor(std::move(set));
  EXPECT_EQ(moved.data_ptr<std::uint8_t>(), where);
  EXPECT_TRUE(at::equal(copied, moved));
  EXPECT_EQ(moved.sizes(), (std::vector<std::int64_t>{2, 3, 1, 2}));
  EXPECT_EQ(moved.index({1, 2, 0, 1}).item<int>(), 255);
}

TEST(Gather, DividesBy255Exactly) {
  Images set{.name = "levels", .count = 256, .channels = 1, .height = 1, .width = 1};
  for (int v = 0; v < 256; ++v) set.pixels.push_back(static_cast<std::uint8_t>(v));
  const auto tensor = to_tensor(set);
  std::vector<std::int64_t> all(256);
  for (int i = 0; i < 256; ++i) all[i] = 255 - i;
  const auto values = gather(tensor, all);
  EXPECT_TRUE(at::equal(values, tensor.flip(0).reshape({256, 1}).to(at::kFloat).div(255)));
  EXPECT_EQ(gather(tensor, all, false).sizes(), (std::vector<std::int64_t>{256, 1, 1, 1}));
  expect_contains(message([&] {
                    gather(tensor, std::vector<std::int64_t>{0, 256});
                  }),
                  {"256 images, found 256"});
  expect_contains(message([&] { gather(tensor.to(at::kInt), all); }),
                  {"expected contiguous uint8 images", "found CPUIntType [256, 1, 1, 1]"});
  expect_contains(message([&] { gather(at::zeros({4, 6}).t(), all); }), {"contiguous"});
}

TEST(Gather, HandsOutUnflattenedImagesWithChannelsLast) {
  for (const int channels : {1, 3}) {
    const auto tensor = at::arange(4 * channels * 5 * 6).to(at::kByte).reshape({4, channels, 5, 6});
    const auto batch = gather(tensor, std::vector<std::int64_t>{3, 0, 3}, false);
    EXPECT_TRUE(batch.is_contiguous(at::MemoryFormat::ChannelsLast));
    EXPECT_EQ(batch.stride(1), 1);
    EXPECT_TRUE(at::equal(batch, at::stack({tensor[3], tensor[0], tensor[3]}).to(at::kFloat).div(255)));
    EXPECT_TRUE(at::equal(gather(tensor, std::vector<std::int64_t>{3, 0, 3}), batch.reshape({3, -1})));
  }
}

TEST(Gather, HandsOutPointsAsTheyAre) {
  Points points{.name = "p", .count = 3, .dims = 2, .values = {-7.5f, 1e30f, 0, 2, NAN, 6}};
  const auto* where = points.values.data();
  const auto tensor = to_tensor(std::move(points));
  EXPECT_EQ(tensor.data_ptr<float>(), where);
  for (const bool flatten : {true, false}) {
    const auto batch = gather(tensor, std::vector<std::int64_t>{1, 0}, flatten);
    EXPECT_TRUE(at::equal(batch, at::tensor({0.0f, 2.0f, -7.5f, 1e30f}).reshape({2, 2})));
  }
  EXPECT_TRUE(std::isnan(gather(tensor, std::vector<std::int64_t>{2})[0][0].item<float>()));
  expect_contains(message([&] { gather(tensor, std::vector<std::int64_t>{3}); }), {"3 points, found 3"});
  expect_contains(message([&] { gather(tensor.to(at::kDouble), std::vector<std::int64_t>{0}); }),
                  {"float32 points [N, D], found CPUDoubleType [3, 2]"});
  EXPECT_EQ(gather(tensor, {}).sizes(), (std::vector<std::int64_t>{0, 2}));
}

TEST(Gather, TakesBatchesAndTheirLabelsToADevice) {
  const auto all = at::zeros({4, 1, 2, 3}, at::kByte), labels = at::zeros({4}, at::kLong);
  Loader elsewhere(all, LoaderOptions{.batch = 3, .device = at::kMeta}, labels);
  const auto batch = elsewhere.next();
  EXPECT_EQ(batch.images.device(), at::Device(at::kMeta));
  EXPECT_EQ(batch.labels.device(), at::Device(at::kMeta));
  EXPECT_EQ(batch.images.sizes(), (std::vector<std::int64_t>{3, 6}));
  EXPECT_EQ(gather(at::zeros({3, 2}), std::vector<std::int64_t>{2}, true, at::kMeta).device(),
            at::Device(at::kMeta));
  expect_contains(message([&] { Loader(all.to(at::kMeta), {}); }), {"expected contiguous uint8 images"});
}

TEST(Gather, IsTheSameOnSeveralThreads) {
  const auto tensor = images(200'000);
  std::vector<std::int64_t> all(200'000);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i * 7 % all.size());
  const auto expected = tensor.index_select(0, at::tensor(all)).reshape({200'000, 6}).to(at::kFloat).div(255);
  EXPECT_TRUE(at::equal(gather(tensor, all), expected));
}

TEST(Split, IsAPartitionOfTheRightSizes) {
  auto [train, held_out] = split(60'000, 0.8, 1);
  EXPECT_EQ(train.size(), 48'000u);
  std::set<std::int64_t> all(train.begin(), train.end());
  all.insert(held_out.begin(), held_out.end());
  EXPECT_EQ(all.size(), 60'000u);
  EXPECT_EQ(*all.rbegin(), 59'999);
  EXPECT_EQ(split(60'000, 0.8, 1).first, train);
  EXPECT_NE(split(60'000, 0.8, 2).first, train);
  EXPECT_TRUE(split(5, 1, 0).second.empty());
  EXPECT_TRUE(split(5, 0, 0).first.empty());
  expect_contains(message([] { split(5, 1.5, 0); }), {"fraction of 0 to 1, found 1.5"});
}

TEST(Loader, VisitsEveryImageOnceInAnOrderOfItsOwnEachEpoch) {
  Loader loader(images(10), {.batch = 4, .seed = 3});
  EXPECT_EQ(loader.batches(), 3);
  const auto first = epoch_of(loader), second = epoch_of(loader);
  EXPECT_NE(first, second);
  for (auto seen : {first, second}) {
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(seen, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  }
  EXPECT_EQ(loader.position(), (Loader::Position{2, 0}));
}

TEST(Loader, BatchesHoldTheImagesTheyName) {
  Loader loader(images(50), {7, 11, 40, 3, 9}, {.batch = 2, .flatten = false});
  for (int b = 0; b < 6; ++b) {
    const auto batch = loader.next();
    ASSERT_EQ(batch.images.size(0), static_cast<std::int64_t>(batch.indices.size()));
    EXPECT_EQ(batch.images.sizes().slice(1), (std::vector<std::int64_t>{1, 2, 3}));
    EXPECT_EQ(batch.position, (Loader::Position{b / 3, b % 3}));
    for (std::size_t i = 0; i < batch.indices.size(); ++i)
      EXPECT_FLOAT_EQ(batch.images[static_cast<std::int64_t>(i)][0][1][2].item<float>(),
                      static_cast<float>(batch.indices[i] * 3) / 255);
  }
}

TEST(Loader, BatchesHoldThePointsTheyName) {
  const auto points = at::arange(20).to(at::kFloat).reshape({10, 2});
  Loader loader(points, {.batch = 4, .seed = 1});
  for (int b = 0; b < 6; ++b) {
    const auto batch = loader.next();
    ASSERT_EQ(batch.images.sizes(), (std::vector<std::int64_t>{b % 3 == 2 ? 2 : 4, 2}));
    for (std::size_t i = 0; i < batch.indices.size(); ++i)
      EXPECT_EQ(batch.images[static_cast<std::int64_t>(i)][1].item<float>(),
                static_cast<float>(batch.indices[i] * 2 + 1));
  }
}

TEST(Loader, ContinuesExactlyWhereItStopped) {
  const auto tensor = images(100);
  Loader through(tensor, {.batch = 8, .seed = 5});
  for (int step = 0; step < 20; ++step) through.next();
  Loader resumed(tensor, {.batch = 8, .seed = 5});
  resumed.seek(through.position());
  for (int step = 0; step < 40; ++step) {
    const auto a = through.next();
    const auto b = resumed.next();
    EXPECT_TRUE(std::equal(a.indices.begin(), a.indices.end(), b.indices.begin(), b.indices.end())) << step;
    EXPECT_TRUE(at::equal(a.images, b.images));
  }
}

TEST(Loader, CanKeepTheOrderAndDropTheShortBatch) {
  Loader ordered(images(5), {4, 2, 0}, {.batch = 2, .shuffle = false});
  EXPECT_EQ(epoch_of(ordered), (std::vector<std::int64_t>{4, 2, 0}));
  Loader dropping(images(5), {.batch = 2, .shuffle = false, .drop_last = true});
  EXPECT_EQ(epoch_of(dropping), (std::vector<std::int64_t>{0, 1, 2, 3}));
}

TEST(Loader, RefusesWhatItCannotDo) {
  expect_contains(message([] { Loader(images(5), {0, 5}, LoaderOptions{}); }), {"5 images, found 5"});
  expect_contains(message([] { Loader(images(5), {-1}, LoaderOptions{}); }), {"found -1"});
  expect_contains(message([] { Loader(images(5), {.batch = 0}); }), {"at least 1, found 0"});
  expect_contains(message([] { Loader(images(5), {.batch = 6, .drop_last = true}); }),
                  {"no batch of 6 in 5 images"});
  expect_contains(message([] { Loader(images(5), std::vector<std::int64_t>{}, {}); }), {"no batch"});
  expect_contains(message([] { Loader(at::zeros({5, 4, 2, 2}), {}); }), {"expected contiguous uint8 images"});
  expect_contains(message([] { Loader(at::zeros({0, 2}), {}); }), {"no batch of 128 in 0 points"});
  Loader loader(images(5), {.batch = 2});
  expect_contains(message([&] { loader.seek({0, 3}); }), {"batch of 0 to 2", "batch 3"});
  expect_contains(message([&] { loader.seek({-1, 0}); }), {"epoch -1"});
}

}  // namespace
}  // namespace pushforward::data
