#include "pushforward/ops/features.h"

#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include "pushforward/ops/layout.h"

namespace pushforward::ops {
namespace {

Tensors pair(const std::pair<at::Tensor, at::Tensor>& result) {
  return {result.first, result.second};
}

/// Masks over D features: alternating, one kept, one changed, a block.
std::vector<std::vector<bool>> masks() {
  return {{true, false},
          {false, true},
          {true, false, true, false, true, false, true},
          {false, false, false, true, false},
          {true, true, false, true, true},
          {false, false, true, true, false, true, true, true, false}};
}

TEST(Partition, ListsBothPartsInOrder) {
  const auto partition = Partition::from_mask({false, true, true, false, true});
  EXPECT_EQ(partition.kept, (std::vector<std::int64_t>{1, 2, 4}));
  EXPECT_EQ(partition.changed, (std::vector<std::int64_t>{0, 3}));
  EXPECT_EQ(partition.size(), 5);
}

TEST(Partition, RefusesAMaskThatCouplesNothing) {
  expect_says([] { Partition::from_mask({true, true}); }, "2 features must keep some and change some");
  expect_says([] { Partition::from_mask({false}); }, "1 features must keep some and change some");
  expect_says([] { Partition::from_mask({}); }, "0 features must keep some and change some");
}

TEST(Divide, AgreesWithReference) {
  for (const auto& mask : masks())
    for (const std::int64_t n : {1, 3, 65})
      for (const auto& [layout, x] : layouts(normal({n, static_cast<std::int64_t>(mask.size())}, 1))) {
        SCOPED_TRACE(fmt::format("[{}, {}] {}", n, mask.size(), layout));
        const auto partition = Partition::from_mask(mask);
        expect_agrees([&](const Tensors& in) { return pair(divide(in[0], partition)); },
                      [&](const Tensors& in) { return pair(reference::divide(in[0], partition)); }, {x},
                      1e-7);
      }
}

TEST(Join, AgreesWithReference) {
  for (const auto& mask : masks())
    for (const std::int64_t n : {1, 3, 65})
      for (const std::size_t layout : {0u, 1u, 2u}) {
        SCOPED_TRACE(fmt::format("[{}, {}] layout {}", n, mask.size(), layout));
        const auto partition = Partition::from_mask(mask);
        const auto kept = layouts(normal({n, static_cast<std::int64_t>(partition.kept.size())}, 1));
        const auto changed = layouts(normal({n, static_cast<std::int64_t>(partition.changed.size())}, 2));
        expect_agrees([&](const Tensors& in) { return Tensors{join(in[0], in[1], partition)}; },
                      [&](const Tensors& in) { return Tensors{reference::join(in[0], in[1], partition)}; },
                      {kept[layout].second, changed[layout].second}, 1e-7);
      }
}

TEST(Join, UndoesDivideToTheLastBitInEveryTypeNanIncluded) {
  for (const auto& mask : masks())
    for (const auto type : {at::kFloat, at::kDouble}) {
      const auto partition = Partition::from_mask(mask);
      auto x = normal({5, partition.size()}, 1, type);
      x[3][1] = std::nan("");
      const auto [kept, changed] = divide(x, partition);
      const auto back = join(kept, changed, partition);
      EXPECT_TRUE(at::isnan(back[3][1]).item<bool>());
      EXPECT_TRUE(identical(at::nan_to_num(back, 7.0), at::nan_to_num(x, 7.0)));
    }
}

TEST(Divide, TheGraphOutlivesThePartition) {
  const auto x = leaf(normal({4, 3}, 1));
  at::Tensor loss;
  {
    const auto partition = Partition::from_mask({true, false, true});
    const auto [kept, changed] = divide(x, partition);
    loss = join(kept * 2, changed * 3, partition).sum();
  }
  EXPECT_TRUE(identical(gradients(loss, {x})[0], at::tensor({2.F, 3.F, 2.F}).expand({4, 3}).contiguous()));
}

TEST(Divide, EmptyBatches) {
  const auto partition = Partition::from_mask({true, false, true});
  const auto [kept, changed] = divide(at::empty({0, 3}), partition);
  EXPECT_EQ(kept.sizes(), (at::IntArrayRef{0, 2}));
  EXPECT_EQ(changed.sizes(), (at::IntArrayRef{0, 1}));
  EXPECT_EQ(join(kept, changed, partition).sizes(), (at::IntArrayRef{0, 3}));
}

TEST(Divide, SaysWhatItExpected) {
  const auto partition = Partition::from_mask({true, false, true});
  expect_says([&] { divide(at::ones({2, 4}), partition); }, "[divide] expected x [N, 3], got [2, 4]");
  expect_says(
      [&] {
        join(at::ones({2, 2}), at::ones({2, 2}), partition);
      },
      "[join] expected [N, 2] and [N, 1], got [2, 2] and [2, 2]");
  expect_says(
      [&] {
        join(at::ones({2, 1}), at::ones({2, 2}), partition);
      },
      "[join] expected [N, 2] and [N, 1], got [2, 1] and [2, 2]");
  expect_says([&] { join(at::ones({2, 2}), at::ones({3, 1}), partition); }, "got [2, 2] and [3, 1]");
}

}  // namespace
}  // namespace pushforward::ops
