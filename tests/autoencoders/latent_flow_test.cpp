#include "pushforward/autoencoders/latent_flow.h"

#include "tests/ops/oracle.h"

namespace pushforward::autoencoders {
namespace {

LatentFlowOptions small_flow() {
  return {.autoencoder = {.dims = 12, .hidden = 9, .latent = 4}, .couplings = 3, .hidden = 8, .seed = 1};
}

TEST(LatentFlow, LogProbIsTheDensityOfTheCodes) {
  LatentFlow model(small_flow());
  {
    const at::NoGradGuard no_grad;
    std::uint64_t seed = 7;
    for (auto& parameter : model.flow()->parameters())
      parameter.copy_(normal(parameter.sizes(), seed++) * 0.5);
    model.standardise()->fit(normal({30, 4}, 3) * at::tensor({0.1F, 1.0F, 3.0F, 20.0F}) + 2);
  }
  model.to(at::kDouble);
  const auto x = normal({5, 12}, 2, at::kDouble);
  const auto codes = leaf(model.autoencoder()->encode(x));
  const auto z = model.flow()->encode(codes).value;
  Tensors rows;
  for (std::int64_t d = 0; d < 4; ++d) rows.push_back(gradients(z.select(1, d).sum(), {codes})[0]);
  const auto log_det = std::get<1>(at::slogdet(at::stack(rows, 1)));
  EXPECT_LT(difference(model.log_prob(x), flows::standard_normal_log_prob(z) + log_det), 1e-11);
}

TEST(LatentFlow, TakesRawCodesWhereItIsNotToStandardise) {
  auto options = small_flow();
  LatentFlow model(options);
  options.standardise = false;
  LatentFlow raw(options);
  EXPECT_EQ(raw.standardise(), nullptr);
  const at::NoGradGuard no_grad;
  const auto x = normal({5, 12}, 2);
  const auto codes = model.autoencoder()->encode(x);
  model.standardise()->fit(normal({30, 4}, 3) * 3 + 2);
  const auto standardised = model.standardise()->forward(codes, {});
  EXPECT_LT(difference(model.log_prob(x), raw.flow()->log_prob(standardised.value) + standardised.log_det),
            1e-5);
  EXPECT_LT(difference(raw.log_prob(x), raw.flow()->log_prob(codes)), 1e-6);
}

TEST(LatentFlow, SamplesAreDecodedCodes) {
  LatentFlow model(small_flow());
  EXPECT_EQ(model.sample(6, 1.0, nn::generator(1)).sizes(), (at::IntArrayRef{6, 12}));
  EXPECT_TRUE(identical(model.sample(6, 1.0, nn::generator(1)), model.sample(6, 1.0, nn::generator(1))));
  const auto codes = model.flow()->sample(6, 0.5, nn::generator(2));
  EXPECT_LT(difference(model.sample(6, 0.5, nn::generator(2)), model.autoencoder()->decode(codes)), 1e-6);
}

}  // namespace
}  // namespace pushforward::autoencoders
