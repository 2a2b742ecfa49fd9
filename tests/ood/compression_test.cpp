#include "tests/expect.h"
#include "tests/ood/images.h"
#include <gtest/gtest.h>

#include "pushforward/core/host.h"
#include "pushforward/ood/code_length.h"
#include "pushforward/ood/detector.h"

namespace pushforward::ood {
namespace {

constexpr double nats_per_byte = 8 * std::numbers::ln2;

double length(const char* name, const at::Tensor& image) {
  return code_length(image.unsqueeze(0), {compressor(name)}).front();
}

TEST(Compressors, OrderImagesByWhatIsInThem) {
  const auto flat = at::full({1, image_side, image_side}, 77, at::kByte);
  const auto ramp = (at::arange(image_side) * 16)
                        .to(at::kByte)
                        .view({1, 1, image_side})
                        .expand({1, image_side, image_side});
  const auto noise = noise_images(1, 1, "noise")[0];
  for (const auto& [name, summary, nats] : compressors()) {
    SCOPED_TRACE(name);
    EXPECT_LT(length(name.data(), flat), length(name.data(), ramp));
    EXPECT_LT(length(name.data(), ramp), length(name.data(), noise));
    EXPECT_GT(length(name.data(), flat), 0);
  }
}

TEST(Compressors, CannotBeatEntropy) {
  // Uniform bytes: nothing shortens them but by luck.
  auto engine = stream(4, "uniform");
  auto noise = at::empty({1, 64, 64}, at::kByte);
  for (std::int64_t i = 0; i < noise.numel(); ++i)
    noise.data_ptr<std::uint8_t>()[i] = static_cast<std::uint8_t>(uniform_below(engine, 256));
  const auto bytes = static_cast<double>(noise.numel());
  for (const auto& entry : compressors())
    EXPECT_GT(length(entry.name.data(), noise), 0.999 * bytes * nats_per_byte) << entry.name;
  EXPECT_LT(length("deflate", noise), (bytes + 30) * nats_per_byte) << "stored";
}

TEST(Compressors, PredictorsSeeARampThatRepeatsNothing) {
  auto ramp = at::empty({1, image_side, image_side}, at::kByte);
  for (std::int64_t i = 0; i < ramp.numel(); ++i)
    ramp.data_ptr<std::uint8_t>()[i] = static_cast<std::uint8_t>(i);
  EXPECT_LT(length("filtered", ramp), 0.3 * length("deflate", ramp));
}

TEST(Compressors, TheContextCodeIsKrichevskyAndTrofimovs) {
  // n black pixels are 8 n zeros, n in each of eight contexts of one symbol.
  double bit = 0;
  for (int i = 0; i < image_side * image_side; ++i) bit -= std::log((i + 0.5) / (i + 1.0));
  EXPECT_NEAR(length("context", at::zeros({1, image_side, image_side}, at::kByte)), 8 * bit, 1e-9);
  // A first pixel of any value costs eight fair bits.
  EXPECT_NEAR(length("context", at::full({1, 1, 1}, 200, at::kByte)), nats_per_byte, 1e-12);
}

TEST(Complexity, IsWhatTheModelNeedsBeyondTheCode) {
  const auto model = full_model();
  const auto x = noise_images(9, 1, "x");
  const auto log_prob = model.log_prob(x), shortest = code_length(x, compressors());
  const auto best = make_detector("complexity", model);
  best->fit(x);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_DOUBLE_EQ(best->score(x)[i], -log_prob[i] - shortest[i]);
  for (const auto& entry : compressors()) {
    const auto lengths = code_length(x, {entry});
    for (std::size_t i = 0; i < 9; ++i) EXPECT_GE(lengths[i], shortest[i]) << entry.name;
  }
}

TEST(Complexity, CatchesTheSimpleThatAreLikely) {
  // Every pixel near the mode: likelier than any real image, and refused by its own simplicity.
  auto model = full_model();
  const auto x = noise_images(50, 1, "x"), flat = at::full({1, 1, image_side, image_side}, 128, at::kByte);
  const auto detector = make_detector("complexity", model);
  detector->fit(x);
  const auto scores = detector->score(x);
  EXPECT_GT(detector->score(flat)[0], *std::max_element(scores.begin(), scores.end()));
  EXPECT_GT(model.log_prob_latent(flat)[0], model.log_prob_latent(x)[0]);
}

TEST(Complexity, SaysWhatIsWrong) {
  expect_says([] { code_length(at::zeros({2, 1, 4, 4}), compressors()); }, "images uint8 [N, C, H, W]");
  expect_says([] { code_length(at::zeros({2, 16}, at::kByte), compressors()); }, "[2, 16]");
  expect_says([] { compressor("deflat"); }, "did you mean deflate?");
}

TEST(CodeLength, StopsInEveryThreadWhenItsHostWantsTo) {
  struct Impatient : Host {
    void say(const std::string&) override {}
    void show(const Stage&) override {}
    void ended() override {}
    bool wants_stop() const override { return true; }
  } impatient;
  const auto images = noise_images(50, 1, "x");
  const auto whole = code_length(images, compressors());
  EXPECT_EQ(whole.size(), 50U);
  const Hosted hosted(impatient);
  expect_says([&] { code_length(images, compressors()); }, "interrupted while compressing images");
}

}  // namespace
}  // namespace pushforward::ood
