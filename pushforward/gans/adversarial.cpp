#include "pushforward/gans/adversarial.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "pushforward/core/random.h"
#include "pushforward/gans/scalars.h"
#include "pushforward/nn/snapshot.h"

namespace pushforward::gans {
namespace {

using torch::autograd::grad;

nn::NonFinite bad_loss(const char* network, double loss, const std::string& origin) {
  if (std::isfinite(loss))
    return nn::NonFinite(fmt::format("the {}'s loss is not finite in another process", network));
  return nn::NonFinite(fmt::format("the {}'s loss is {}, first in {}", network,
                                   std::isnan(loss) ? "NaN" : "infinite", origin));
}

}  // namespace

struct Adversarial::Record {
  double generator_loss = 0, generator_gradient_norm = 0, generator_update_norm = 0;
  double critic_loss = 0, critic_gradient_norm = 0, critic_update_norm = 0;
  double critic_real = 0, critic_fake = 0;
  std::optional<double> penalty;
};

Adversarial::Adversarial(std::shared_ptr<Generator> generator, std::shared_ptr<Critic> critic,
                         AdversarialOptions options)
    : generator_(std::move(generator)),
      critic_(std::move(critic)),
      options_(std::move(options)),
      generator_update_(*generator_,
                        {.optimiser = options_.generator,
                         .measure_norm = true,
                         .ema_decay = options_.ema_decay,
                         .ema_buffers = nn::Ema::Buffers::averaged,
                         .reducer = options_.reducer},
                        "generator"),
      critic_update_(*critic_,
                     {.optimiser = options_.critic, .measure_norm = true, .reducer = options_.reducer},
                     "critic"),
      position_(at::zeros({2}, at::kLong)),
      last_generator_(at::zeros({3}, at::kDouble)) {
  for (const double rate : {nn::learning_rate(options_.generator), nn::learning_rate(options_.critic)})
    if (!(rate > 0)) throw usage("[adversarial] expected learning rates above 0, got {}", rate);
}

nn::Scalars Adversarial::step(const nn::Batch& batch, const nn::StepInfo& info) {
  const auto real = to_network(batch.values, options_.space);
  const bool due = generator_is_due();
  Record record;
  nn::Snapshot before;
  before.add_buffers(*generator_);
  before.add_buffers(*critic_);
  if (due && !options_.generator_first) {
    before.add(nn::named_state(*critic_));
    before.add(critic_update_.moments());
  }
  generator_->train();
  critic_->train();
  try {
    if (due && options_.generator_first)
      step_together(real, info, record);
    else
      step_critic(real, info, record);
    if (due && !options_.generator_first) step_generator(real.size(0), info, record);
  } catch (...) {
    before.restore();
    generator_update_.forget();
    critic_update_.forget();
    throw;
  }
  advance(due);

  auto* last = last_generator_.data_ptr<double>();
  if (due || position_.data_ptr<std::int64_t>()[0] == 0) {
    last[0] = record.generator_loss;
    last[1] = record.generator_gradient_norm;
    last[2] = record.generator_update_norm;
  }
  nn::Scalars scalars{{scalar::generator_loss, last[0]},
                      {scalar::critic_loss, record.critic_loss},
                      {scalar::critic_real, record.critic_real},
                      {scalar::critic_fake, record.critic_fake}};
  if (options_.objective.estimates_distance)
    scalars.emplace_back(scalar::wasserstein, record.critic_real - record.critic_fake);
  if (record.penalty) scalars.emplace_back(scalar::penalty, *record.penalty);
  scalars.emplace_back(scalar::generator_gradient_norm, last[1]);
  scalars.emplace_back(scalar::critic_gradient_norm, record.critic_gradient_norm);
  scalars.emplace_back(scalar::generator_update_norm, last[2]);
  scalars.emplace_back(scalar::critic_update_norm, record.critic_update_norm);
  return scalars;
}

/// One look of the critic at the fakes for both losses.
void Adversarial::step_together(const at::Tensor& real, const nn::StepInfo& info, Record& record) {
  const auto fake = generator_->forward(latents_for("latents", real.size(0), info.step));
  const auto seen = fake.detach().requires_grad_(true);
  const auto on_fake = critic_->forward(seen);
  const auto loss = options_.objective.generator_loss(on_fake);
  record.generator_loss = loss.item<double>();
  if (!generator_update_.is_finite(record.generator_loss))
    throw bad_loss("generator", record.generator_loss, origin(real, fake));
  const auto signal = grad({loss}, {seen}, {}, true)[0];
  record.generator_gradient_norm = *generator_update_.differentiate(fake, signal);
  differentiate_critic(real, seen.detach(), on_fake, info.step, record);
  check_buffers(*generator_, "generator");
  move_generator(info, record);
  move_critic(info, record);
}

void Adversarial::step_critic(const at::Tensor& real, const nn::StepInfo& info, Record& record) {
  at::Tensor fake;
  {
    const at::NoGradGuard no_grad;
    fake = generator_->forward(latents_for("latents", real.size(0), info.step));
  }
  const auto on_fake = critic_->forward(fake);
  record.generator_loss = options_.objective.generator_loss(on_fake.detach()).item<double>();
  differentiate_critic(real, fake, on_fake, info.step, record);
  check_buffers(*generator_, "generator");
  move_critic(info, record);
}

void Adversarial::step_generator(std::int64_t n, const nn::StepInfo& info, Record& record) {
  const auto fake = generator_->forward(latents_for("generator latents", n, info.step));
  const auto loss = options_.objective.generator_loss(critic_->forward(fake));
  record.generator_loss = loss.item<double>();
  if (!generator_update_.is_finite(record.generator_loss))
    throw bad_loss("generator", record.generator_loss, origin(fake, fake));
  record.generator_gradient_norm = *generator_update_.differentiate(loss);
  check_buffers(*generator_, "generator");
  move_generator(info, record);
}

void Adversarial::differentiate_critic(const at::Tensor& real, const at::Tensor& fake,
                                       const at::Tensor& on_fake, std::int64_t step, Record& record) {
  PF_CHECK(real.sizes().slice(1) == fake.sizes().slice(1),
           "[adversarial] expected a batch like the generator's output {}, got {}", fake.sizes(),
           real.sizes());
  const auto on_real = critic_->forward(real);
  auto loss = options_.objective.critic_loss(on_real, on_fake);
  auto draws = nn::generator(stream_key(options_.seed, "regulariser", static_cast<std::uint64_t>(step)));
  if (options_.regulariser.penalty) {
    const auto penalty = options_.regulariser.penalty(*critic_, real, fake, draws);
    record.penalty = penalty.item<double>();
    loss = loss + penalty;
  }
  record.critic_loss = loss.item<double>();
  record.critic_real = on_real.mean().item<double>();
  record.critic_fake = on_fake.mean().item<double>();
  if (!critic_update_.is_finite(record.critic_loss))
    throw bad_loss("critic", record.critic_loss, origin(real, fake));
  record.critic_gradient_norm = *critic_update_.differentiate(loss);
  check_buffers(*critic_, "critic");
}

void Adversarial::move_generator(const nn::StepInfo& info, Record& record) {
  record.generator_update_norm =
      generator_update_.apply(position_.data_ptr<std::int64_t>()[0], info.learning_rate);
}

void Adversarial::move_critic(const nn::StepInfo& info, Record& record) {
  const double proportion = nn::learning_rate(options_.critic) / nn::learning_rate(options_.generator);
  record.critic_update_norm = critic_update_.apply(info.step, info.learning_rate * proportion);
  if (options_.regulariser.after_step) options_.regulariser.after_step(*critic_);
}

/// A batch that a network normalises by statistics that do not exist shows in its running ones.
void Adversarial::check_buffers(const nn::Module& module, const char* network) const {
  std::string bad;
  for (const auto& item : module.named_buffers())
    if (bad.empty() && !at::isfinite(item.value()).all().item<bool>()) bad = item.key();
  if (!options_.reducer->everywhere(bad.empty()))
    throw nn::NonFinite(fmt::format("{}.{} is not finite after this batch", network,
                                    bad.empty() ? "(a buffer of another process)" : bad));
}

at::Tensor Adversarial::latents_for(const char* purpose, std::int64_t n, std::int64_t step) const {
  return latents(n, *generator_,
                 nn::generator(stream_key(options_.seed, purpose, static_cast<std::uint64_t>(step))));
}

/// In the first step of a cycle, or in its last.
bool Adversarial::generator_is_due() const {
  const auto* position = position_.data_ptr<std::int64_t>();
  return options_.generator_first ? position[1] == 0
                                  : position[1] + 1 >= options_.schedule.critic_steps(position[0]);
}

void Adversarial::advance(bool generator_updated) {
  auto* position = position_.data_ptr<std::int64_t>();
  if (generator_updated) ++position[0];
  const auto cycle = position[0] - (options_.generator_first ? 1 : generator_updated ? 1 : 0);
  if (++position[1] >= options_.schedule.critic_steps(cycle)) position[1] = 0;
}

std::string Adversarial::origin(const at::Tensor& real, const at::Tensor& fake) const {
  const auto broken = [](const at::Tensor& x) { return !at::isfinite(x).all().item<bool>(); };
  if (const auto name = nn::first_non_finite(nn::named_state(*generator_)); !name.empty())
    return "generator." + name;
  if (broken(fake)) return "the generator's output";
  if (broken(real)) return "the batch";
  if (const auto name = nn::first_non_finite(nn::named_state(*critic_)); !name.empty())
    return "critic." + name;
  return "the critic's output";
}

nn::Scalars Adversarial::evaluate(const nn::Batch& batch) {
  const nn::ModeGuard mode(*critic_, true);
  const auto output = critic_->forward(to_network(batch.values, options_.space));
  return {{scalar::critic_held_out, output.to(at::kDouble).mean().item<double>()}};
}

at::Tensor Adversarial::sample(std::int64_t n, at::Generator generator) {
  return from_network(generate(*generator_, latents(n, *generator_, std::move(generator))), options_.space);
}

void Adversarial::use_averages(bool use) {
  generator_update_.use_averages(use);
}

nn::NamedTensors Adversarial::state() {
  nn::NamedTensors all;
  nn::append(all, "generator.", nn::named_state(*generator_));
  nn::append(all, "critic.", nn::named_state(*critic_));
  nn::append(all, "generator_optimiser.", generator_update_.moments());
  nn::append(all, "critic_optimiser.", critic_update_.moments());
  nn::append(all, "ema.", generator_update_.averages());
  nn::append(all, "", {{"position", position_}, {"last_generator", last_generator_}});
  return all;
}

nn::NamedTensors Adversarial::weights() {
  nn::NamedTensors all;
  nn::append(all, "generator.", generator_update_.weights());
  nn::append(all, "critic.", nn::named_state(*critic_));
  return all;
}

}  // namespace pushforward::gans
