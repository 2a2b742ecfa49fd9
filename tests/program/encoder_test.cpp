// Sets of images compared by what an encoder of TorchScript makes of them.
#include "tests/program/support.h"
#include <fmt/format.h>
#include <torch/script.h>

namespace pushforward {
namespace {

/// A module that has four numbers for an image.
void save_encoder(const std::string& name) {
  torch::jit::Module module("encoder");
  module.define(
      "def forward(self, x):\n"
      "    return torch.adaptive_avg_pool2d(x.mean([1], True), [2, 2]).flatten(1)\n");
  module.save((scratch() / name).string());
}

TEST(Encoders, AreAFlagOfEveryVerbThatMeasuresFeatures) {
  save_encoder("encoder.pt");
  for (const auto* convention : {"dinov2", "clip"}) {
    const auto json = json_of(
        {"evaluate", "clothes:test", "digits:test", "--features", "encoder.pt", "--convention", convention});
    EXPECT_TRUE(
        json.at("extractor").get<std::string>().starts_with(fmt::format("torchscript {}", convention)))
        << json;
    EXPECT_EQ(json.at("dims"), 4);
    EXPECT_TRUE(json.at("values").at("fid").at("value").is_number());
    EXPECT_EQ(json.at("values").contains("cmmd"), convention == std::string("clip")) << json;
  }
  const auto wrong =
      pushforward({"fid", "clothes", "digits:test", "--features", "encoder.pt", "--convention", "dinov3"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_NE(wrong.err.find("did you mean dinov2?"), std::string::npos) << wrong.err;
}

TEST(Encoders, TheGaussianKernelIsCmmd) {
  save_encoder("encoder.pt");
  const Arguments sides{"clothes:test", "digits:test", "--features", "encoder.pt", "--convention", "clip"};
  const auto with = [&](const std::string& verb, const Arguments& more) {
    Arguments all{verb};
    all.insert(all.end(), sides.begin(), sides.end());
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const auto cmmd = json_of(with("kid", {"--kernel", "gaussian"})).at("values");
  EXPECT_EQ(cmmd.at("cmmd"), json_of(with("evaluate", {})).at("values").at("cmmd"));
  EXPECT_GT(cmmd.at("cmmd").at("low95").get<double>(), 0);
  EXPECT_FALSE(cmmd.contains("kid"));
  EXPECT_NE(succeed(with("kid", {"--kernel", "gaussian"})).find("as the published code sums, it is"),
            std::string::npos);
  const auto refused = pushforward(with("kid", {"--kernel", "gaussian", "--subsets", "5"}));
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("--subsets is for the polynomial kernel"), std::string::npos) << refused.err;
  EXPECT_EQ(pushforward(with("kid", {"--kernel", "gauss"})).status, 2);
}

}  // namespace
}  // namespace pushforward
