#include "pushforward/runs/adversarial.h"

#include "pushforward/core/error.h"
#include "pushforward/data/loader.h"

namespace pushforward::runs {

std::vector<train::Epoch> adversarial(const std::shared_ptr<gans::Generator>& generator,
                                      const std::shared_ptr<gans::Critic>& critic, data::Images images,
                                      const AdversarialTraining& options) {
  PF_CHECK(options.epochs >= 0, "[adversarial] expected epochs of at least 0, got {}", options.epochs);
  data::Loader batches(data::to_tensor(std::move(images)),
                       data::LoaderOptions{.batch = options.batch, .flatten = false, .seed = options.seed});
  const ops::AdamOptions adam{
      .learning_rate = options.learning_rate, .beta1 = options.beta1, .beta2 = options.beta2};
  gans::Adversarial model(generator, critic,
                          {.objective = options.objective,
                           .regulariser = options.regulariser,
                           .schedule = gans::CriticSchedule(options.n_critic),
                           .generator = adam,
                           .critic = adam,
                           .generator_first = options.n_critic == 1,
                           .seed = options.seed});
  return train::fit(
      model, batches, nullptr,
      {.epochs = options.epochs, .schedule = {.learning_rate = options.learning_rate}, .best_by = ""});
}

}  // namespace pushforward::runs
