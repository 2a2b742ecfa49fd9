#include "pushforward/train/fit.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>

#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/stopwatch.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::train {
namespace {

/// The first few, which are the ones to watch.
std::string summary(const nn::Scalars& scalars) {
  constexpr std::size_t shown = 4;
  std::string text;
  for (const auto& [name, value] : std::span(scalars).first(std::min(shown, scalars.size())))
    text += fmt::format("{}{} {:.{}f}", text.empty() ? "" : ", ", name, value, std::abs(value) < 100 ? 3 : 1);
  return text;
}

void add(nn::Scalars& sums, const nn::Scalars& scalars, double weight = 1) {
  for (const auto& [name, value] : scalars) {
    auto sum = std::ranges::find(sums, name, &nn::Scalars::value_type::first);
    if (sum == sums.end()) sum = sums.insert(sums.end(), {name, 0.0});
    sum->second += weight * value;
  }
}

nn::Scalars means(nn::Scalars sums, std::int64_t count) {
  for (auto& [name, value] : sums) value /= static_cast<double>(count);
  return sums;
}

/// Averaged weights in the place of the parameters, as long as it lives.
class Averaged {
 public:
  explicit Averaged(nn::Trainable& model) : model_(model) { model_.use_averages(true); }
  ~Averaged() { model_.use_averages(false); }
  Averaged(const Averaged&) = delete;
  Averaged& operator=(const Averaged&) = delete;

 private:
  nn::Trainable& model_;
};

/// The loop's own state: where it stands, what it has written, and how it stops.
class Loop {
 public:
  Loop(nn::Trainable& model, data::Loader& batches, data::Loader* held_out, const FitOptions& options,
       const RunFolder* run, const OnEpoch& on_epoch)
      : model_(model),
        batches_(batches),
        held_out_(held_out),
        options_(options),
        run_(run),
        on_epoch_(on_epoch) {
    options_.schedule.total = options_.epochs * batches_.batches();
    if (run_ != nullptr) {
      if (options_.resume) now_ = run_->resume(model_);
      batches_.seek({now_.epoch, now_.batch});
      if (options_.resume) spent_ = seconds_so_far();
      log_ = std::make_unique<MetricsLog>(run_->metrics(), now_.step);
    }
  }

  std::vector<Epoch> run() {
    std::vector<Epoch> history;
    const auto conclude = [&] {
      history.push_back(finish());
      say("{}", line(history.back()));
      show(history.back());
    };
    const bool between = now_.epoch > 0 && now_.batch == 0;
    if (between && now_.sums.empty()) show(finished_before());
    if (between && !now_.sums.empty()) conclude();  // interrupted while its end was measured
    while (now_.epoch < options_.epochs) {
      train_epoch();
      conclude();
    }
    return history;
  }

 private:
  Epoch finished_before() const {
    return {.epoch = now_.epoch,
            .step = now_.step,
            .train = {},
            .held_out = {},
            .measured = {},
            .seconds = spent_};
  }

  void show(const Epoch& epoch) {
    if (!on_epoch_) return;
    const Averaged weights(model_);
    on_epoch_(epoch);
  }

  double seconds_so_far() const {
    double seconds = 0;
    for (const auto& line : read_metrics(run_->metrics()))
      if (line.value("step", std::int64_t{0}) <= now_.step)
        seconds = std::max(seconds, line.value("seconds", 0.0));
    return seconds;
  }

  void train_epoch() {
    Progress bar(fmt::format("epoch {}/{}", now_.epoch + 1, options_.epochs),
                 batches_.batches() - now_.batch);
    const auto epoch = now_.epoch;
    while (now_.epoch == epoch) {
      const auto batch = batches_.next();
      const double rate = options_.schedule.at(now_.step);
      const auto scalars = guarded_step(batch, rate);
      advance(scalars);
      if (log_)
        log_->step(now_.step, static_cast<double>(now_.step) / static_cast<double>(batches_.batches()), rate,
                   seconds(), scalars);
      bar.advance(1, summary(scalars));
      if (now_.epoch == epoch) check_in();
    }
  }

  nn::Scalars guarded_step(const data::Loader::Part& batch, double rate) {
    const ops::UsePrecision use(options_.precision);
    try {
      return model_.step({batch.images, batch.labels},
                         {.step = now_.step, .epoch = now_.epoch, .learning_rate = rate});
    } catch (const nn::NonFinite& error) {
      std::string saved;
      if (run_ != nullptr) {
        if (nn::first_non_finite(model_.state()).empty()) run_->save_last(model_, now_);
        saved = fmt::format(
            "; the last good state is in {}, and a new run with a smaller train.learning_rate may not fail "
            "here",
            run_->last().string());
      }
      const std::size_t shown = std::min<std::size_t>(batch.indices.size(), 8);
      throw fail("step {}: {} (batch of images {}{}){}", now_.step + 1, error.what(),
                 fmt::join(batch.indices.subspan(0, shown), ", "), shown < batch.indices.size() ? ", …" : "",
                 saved);
    }
  }

  void advance(const nn::Scalars& scalars) {
    add(now_.sums, scalars);
    ++now_.step;
    const auto position = batches_.position();
    now_.epoch = position.epoch;
    now_.batch = position.batch;
  }

  /// Between steps: save when it is time, stop when asked to.
  void check_in() {
    const bool stop = interrupted();
    if (run_ != nullptr && (stop || since_save_.seconds() >= options_.checkpoint_seconds)) save();
    if (stop) throw stopped();
  }

  Interrupted stopped() const {
    auto text = fmt::format("interrupted after step {}", now_.step);
    if (run_ != nullptr)
      text +=
          fmt::format("; saved, continue with: pushforward train --resume --out {}", run_->path().string());
    return Interrupted(text);
  }

  /// Never a broken state over a sound one.
  void save() {
    if (const auto name = nn::first_non_finite(model_.state()); !name.empty())
      throw fail("step {}: {} holds a value that is not finite; the last good state is in {}", now_.step,
                 name, run_->last().string());
    run_->save_last(model_, now_);
    since_save_ = {};
  }

  /// The epoch whose last step has been made. Interrupted meanwhile it is saved unfinished: with its sums.
  Epoch finish() {
    Epoch epoch{.epoch = now_.epoch,
                .step = now_.step,
                .train = means(now_.sums, batches_.batches()),
                .held_out = {},
                .measured = {},
                .seconds = 0};
    std::exception_ptr failure;
    try {
      const Averaged weights(model_);
      if (held_out_ != nullptr) epoch.held_out = evaluate(model_, *held_out_);
      if (options_.measure) epoch.measured = options_.measure(epoch);
    } catch (const Interrupted&) {
      if (run_ != nullptr) save();
      throw stopped();
    } catch (...) {
      failure = std::current_exception();
    }
    now_.sums.clear();
    epoch.seconds = seconds();
    if (run_ != nullptr) {
      if (is_best(epoch)) run_->save_best(model_, now_);
      log_->epoch(epoch);
      save();
    }
    if (failure) std::rethrow_exception(failure);
    return epoch;
  }

  /// By the first scalar of that name: measured, held out, or else of the training itself.
  bool is_best(const Epoch& epoch) {
    for (const auto* scalars : {&epoch.measured, &epoch.held_out, &epoch.train})
      for (const auto& [name, value] : *scalars)
        if (name == options_.best_by) {
          const auto better = [&] {
            return options_.best_is_least ? value < *now_.best : value > *now_.best;
          };
          if (!std::isfinite(value) || (now_.best && !better())) return false;
          now_.best = value;
          return true;
        }
    return false;
  }

  std::string line(const Epoch& epoch) const {
    auto text = fmt::format("epoch {}/{}  {}  train: {}", epoch.epoch, options_.epochs,
                            duration(epoch.seconds), summary(epoch.train));
    if (!epoch.held_out.empty()) text += fmt::format("  held-out: {}", summary(epoch.held_out));
    if (!epoch.measured.empty()) text += fmt::format("  measured: {}", summary(epoch.measured));
    return text;
  }

  double seconds() const { return spent_ + since_start_.seconds(); }

  nn::Trainable& model_;
  data::Loader& batches_;
  data::Loader* held_out_;
  FitOptions options_;
  const RunFolder* run_;
  const OnEpoch& on_epoch_;
  RunState now_;
  std::unique_ptr<MetricsLog> log_;
  double spent_ = 0;
  Stopwatch since_start_, since_save_;
};

}  // namespace

nn::Scalars evaluate(nn::Trainable& model, data::Loader& batches) {
  nn::Scalars sums;
  batches.seek({0, 0});
  for (std::int64_t i = 0; i < batches.batches(); ++i) {
    const auto batch = batches.next();
    add(sums, model.evaluate({batch.images, batch.labels}), static_cast<double>(batch.images.size(0)));
  }
  return means(std::move(sums), batches.examples());
}

std::vector<Epoch> fit(nn::Trainable& model, data::Loader& batches, data::Loader* held_out,
                       FitOptions options, const RunFolder* run, const OnEpoch& on_epoch) {
  return Loop(model, batches, held_out, options, run, on_epoch).run();
}

}  // namespace pushforward::train
