// Latents and weights as PyTorch writes them.
#include "pushforward/models/latents.h"

#include "tests/models/images.h"

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/models/exchange.h"
#include "pushforward/models/kinds.h"

namespace pushforward::models {
namespace {

class FromPyTorch : public ImageFolder {
 protected:
  static Config tiny() {
    return Config::parse(
        "[model]\nkind = \"gan\"\nlatent = 3\nfilters = 2\nchannels = 1\nheight = 16\nwidth = 16\n", "tiny");
  }
};

TEST_F(FromPyTorch, LatentsMayBePixelsOfOneByOne) {
  const auto z = normal({4, 3}, 1);
  for (const auto& shape : {std::vector<std::int64_t>{4, 3}, {4, 3, 1}, {4, 3, 1, 1}})
    EXPECT_TRUE(identical(read_latents(write<float>("z.npy", z.view(shape)), 3), z)) << shape.size();
  EXPECT_TRUE(identical(read_latents(write<double>("z.npy", z.to(at::kDouble)), 3), z));
  for (const auto& shape :
       {std::vector<std::int64_t>{12}, {3, 4}, {4, 1, 3}, {2, 3, 2}, {2, 3, 1, 2}, {1, 4, 3}})
    expect_contains(message([&] { read_latents(write<float>("z.npy", z.view(shape)), 3); }),
                    {"z.npy: expected latents [n, 3], found [", fmt::format("{}]", shape.back())});
  expect_says([&] { read_latents(write<float>("z.npy", z / 0), 3); }, "finite");
}

TEST_F(FromPyTorch, WrappersOfNetworksAreLeftOutOfNames) {
  const auto model = make_model(tiny());
  const auto weights = model.exported();
  const auto import = [&](const std::string& name, const auto& renamed) {
    checkpoint::Tensors tensors;
    for (const auto& [key, tensor] : weights) tensors.emplace_back(renamed(key), tensor);
    checkpoint::save(folder / (name + ".safetensors"), tensors);
    import_run(tiny(), folder / (name + ".safetensors"), folder / name);
    const auto run = Run::open(folder / name);
    const auto found = run.model.exported();
    ASSERT_EQ(found.size(), weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i)
      EXPECT_TRUE(identical(found[i].second, weights[i].second)) << name << " " << weights[i].first;
  };
  import("plain", [](const std::string& key) { return key;
});
  import("whole", [](const std::string& key) { return "module." + key;
  }  // namespace
);
  import("compiled", [](const std::string& key) { return "_orig_mod.module." + key;
  }  // namespace pushforward::models
);
  import("each", [](const std::string& key) {
    const auto at = key.find('.') + 1;
  return key.substr(0, at) + "module." + key.substr(at);
  });
  auto twice = weights;
  twice.emplace_back("module." + weights.front().first, weights.front().second);
  checkpoint::save(folder / "twice.safetensors", twice);
  expect_contains(message([&] { import_run(tiny(), folder / "twice.safetensors", folder / "twice"); }),
                  {"twice.safetensors", weights.front().first, "wrapped too"});
  }

  }  // namespace
  }  // namespace pushforward::models
