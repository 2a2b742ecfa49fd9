#include "pushforward/runs/maximum_likelihood.h"

#include "pushforward/core/error.h"
#include "pushforward/nn/maximum_likelihood.h"

namespace pushforward::runs {

std::vector<train::Epoch> maximum_likelihood(const std::shared_ptr<nn::DensityModel>& model,
                                             data::Images images, const MaximumLikelihoodOptions& options) {
  PF_CHECK(options.epochs >= 0, "[maximum_likelihood] expected epochs of at least 0, got {}", options.epochs);
  PF_CHECK(options.learning_rate > 0, "[maximum_likelihood] expected a learning rate above 0, got {}",
           options.learning_rate);
  PF_CHECK(options.validation >= 0 && options.validation < 1,
           "[maximum_likelihood] expected a validation share in [0, 1), got {}", options.validation);
  const auto labels = data::labels_of(images);
  const auto pixels = data::to_tensor(std::move(images));
  auto [train, held_out] = data::split(pixels.size(0), 1 - options.validation, options.seed);
  data::Loader batches(pixels, std::move(train), {.batch = options.batch, .seed = options.seed}, labels);
  std::optional<data::Loader> validation;
  if (!held_out.empty())
    validation.emplace(pixels, std::move(held_out), data::LoaderOptions{.batch = 512, .shuffle = false},
                       labels);

  nn::MaximumLikelihood step(model, {.seed = options.seed});
  return train::fit(step, batches, validation ? &*validation : nullptr,
                    {.epochs = options.epochs, .schedule = {.learning_rate = options.learning_rate}});
}

}  // namespace pushforward::runs
