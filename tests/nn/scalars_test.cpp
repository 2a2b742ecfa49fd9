#include "pushforward/nn/scalars.h"

#include "tests/expect.h"
#include <gtest/gtest.h>

namespace pushforward::nn {
namespace {

TEST(Scalars, AreLookedUpByName) {
  const Scalars scalars{{"loss", 2}, {"accuracy", 0.5}};
  EXPECT_EQ(value_of(scalars, "accuracy"), 0.5);
  expect_says([&] { value_of(scalars, "acuracy"); }, "expected a scalar acuracy, found loss, accuracy");
  expect_says([] { value_of({}, "loss"); }, "expected a scalar loss, found none");
}

}  // namespace
}  // namespace pushforward::nn
