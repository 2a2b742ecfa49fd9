#include "pushforward/checkpoint/restore.h"

#include "tests/checkpoint/files.h"

namespace pushforward::checkpoint {
namespace {

Tensors model() {
  Tensors tensors = {{"layers.0.weight", at::zeros({2, 3})}, {"layers.0.bias", at::zeros({2})}};
  for (auto& [name, tensor] : tensors) tensor.set_requires_grad(true);
  return tensors;
}

File file(Tensors tensors) {
  return {.path = "run/last.safetensors", .tensors = std::move(tensors)};
}

TEST(Restore, CopiesByNameIntoLeavesInPlace) {
  const auto weight = at::arange(6, at::kFloat).view({2, 3});
  const auto into = model();
  const auto* memory = into[0].second.data_ptr();
  restore(file({{"layers.0.bias", at::ones({2})}, {"layers.0.weight", weight}}), into, "realnvp");
  EXPECT_TRUE(into[0].second.equal(weight));
  EXPECT_TRUE(into[1].second.equal(at::ones({2})));
  EXPECT_EQ(into[0].second.data_ptr(), memory);
  EXPECT_TRUE(into[0].second.requires_grad() && into[0].second.is_leaf());
}

TEST(Restore, RefusesAnotherModelAndLeavesThisOneAlone) {
  const auto into = model();
  const auto weight = std::pair{std::string("layers.0.weight"), at::ones({2, 3})};
  const auto bias = std::pair{std::string("layers.0.bias"), at::ones({2})};
  const auto says = [&](Tensors tensors, const std::string& part) {
    expect_says([&] { restore(file(std::move(tensors)), into, "realnvp"); }, part);
    for (const auto& [name, tensor] : into) EXPECT_TRUE(tensor.eq(0).all().item<bool>());
  };
  says({weight},
       "run/last.safetensors is a checkpoint of another model: it lacks the tensor \"layers.0.bias\" of "
       "realnvp");
  says({weight, bias, {"layers.0.weihgt", at::ones({1})}},
       "realnvp has no tensor \"layers.0.weihgt\", did you mean layers.0.weight?");
  says({weight, {"layers.0.bias", at::ones({3})}},
       "its tensor \"layers.0.bias\" is Float [3], realnvp expects Float [2]");
  says({weight, {"layers.0.bias", at::ones({1, 2})}}, "is Float [1, 2]");
  says({weight, {"layers.0.bias", at::ones({2}, at::kDouble)}}, "is Double [2], realnvp expects Float [2]");
}

TEST(Restore, SelectTakesAPrefixOff) {
  const auto selected =
      select({.path = "p",
              .tensors = {{"model.a", at::ones({1})}, {"adam.a", at::zeros({1})}, {"model.b", at::ones({2})}},
              .metadata = {{"k", "v"}}},
             "model.");
  expect_equal(selected.tensors, {{"a", at::ones({1})}, {"b", at::ones({2})}});
  EXPECT_EQ(selected.path, "p");
  EXPECT_EQ(selected.metadata.at("k"), "v");
}

}  // namespace
}  // namespace pushforward::checkpoint
