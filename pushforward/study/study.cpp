#include "pushforward/study/study.h"

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/lock.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/stopwatch.h"
#include "pushforward/study/document.h"

namespace pushforward::study {
namespace {

std::filesystem::path ledger_of(const Options& options) {
  return options.out / "steps.json";
}

/// What another study in the same place would have to share.
Json identity(const Options& options) {
  return {{"seed", options.seed}, {"quick", options.quick}, {"precision", options.precision}};
}

/// Throws where a disk has no room for a step: what it made would be lost.
void expect_space(const Options& options) {
  const auto mb = [](std::uintmax_t bytes) { return bytes >> 20; };
  constexpr std::uintmax_t needed = 1'500'000'000;
  const auto left = std::filesystem::space(options.out).available;
  if (left < needed)
    throw fail("{}: {} MB are left on its disk, a step takes up to {}; the same command goes on",
               options.out.string(), mb(left), mb(needed));
}

/// Does one step and enters what became of it.
void attempt(const Step& step, const Workshop& workshop, Ledger& ledger) {
  expect_space(workshop.options);
  const Stopwatch watch;
  std::string error;
  workshop.begin();
  try {
    step.work(workshop);
  } catch (const Interrupted&) {
    throw Interrupted(fmt::format("interrupted in the step {}; the same command goes on", step.name));
  } catch (const std::exception& failure) {
    error = failure.what();
    say("{} failed: {}", step.name, error);
  }
  ledger.enter({.step = step.name, .seconds = watch.seconds(), .error = error, .made = workshop.made()});
  if (interrupted())
    throw Interrupted(fmt::format("interrupted after the step {}; the same command goes on", step.name));
}

}  // namespace

Ledger::Ledger(const Options& options) : options_(options) {
  const auto path = ledger_of(options);
  if (!std::filesystem::exists(path)) {
    write();
    return;
  }
  try {
    const auto kept = Json::parse(read_file(path));
    const auto& study = kept.at("study");
    if (study != identity(options)) {
      const auto precision = study.at("precision").get<std::string>();
      throw usage("{} holds a {}study of seed {}{}: name another --out", options.out.string(),
                  study.at("quick").get<bool>() ? "quick " : "", study.at("seed").get<std::uint64_t>(),
                  precision.empty() ? "" : ", precision " + precision);
    }
    for (const auto& one : kept.at("steps"))
      outcomes_.push_back({one.at("step"), one.at("seconds"), one.at("error"), one.at("made")});
  } catch (const Json::exception&) {
    throw fail("{} is damaged: remove it, and finished runs beside it are used again", path.string());
  }
}

bool Ledger::done(const Step& step) const {
  const auto found = std::ranges::find(outcomes_, step.name, &Outcome::step);
  if (found == outcomes_.end() || !found->error.empty()) return false;
  const auto part = part_of(options_, step.name);
  if (!part.empty() && !std::filesystem::exists(part)) return false;
  const Workshop workshop(options_);
  return std::ranges::all_of(found->made, [&](const auto& name) { return workshop.is_there(name); });
}

void Ledger::enter(const Outcome& outcome) {
  std::erase_if(outcomes_, [&](const Outcome& one) { return one.step == outcome.step; });
  outcomes_.push_back(outcome);
  write();
}

void Ledger::write() const {
  Json all = Json::array();
  for (const auto& one : outcomes_)
    all.push_back({{"step", one.step}, {"seconds", one.seconds}, {"error", one.error}, {"made", one.made}});
  write_file(ledger_of(options_), to_text({{"study", identity(options_)}, {"steps", all}}, 2) + "\n");
}

double Ledger::expected(const std::vector<Step>& of) const {
  double stated = 0, taken = 0, left = 0;
  for (const auto& step : of) {
    if (!done(step)) {
      left += step.seconds_of(options_);
      continue;
    }
    stated += step.seconds_of(options_);
    taken += std::ranges::find(outcomes_, step.name, &Outcome::step)->seconds;
  }
  return left * (stated > 0 ? taken / stated : 1);
}

std::vector<Outcome> run(const Options& options, const std::vector<Step>& all) {
  std::filesystem::create_directories(options.out);
  const Lock lock(options.out / ".lock", fmt::format("the study in {} is being made", options.out.string()));
  const Workshop workshop(options);
  Ledger ledger(options);
  const auto is_done = [&](const Step& step) { return ledger.done(step); };
  for (const auto& step : all) {
    if (is_done(step)) continue;
    const auto done = std::ranges::count_if(all, is_done);
    say("{} of {} steps done · now {}, about {} · about {} left", done, all.size(), step.name,
        duration(step.seconds_of(options)), duration(ledger.expected(all)));
    attempt(step, workshop, ledger);
  }
  write_document(workshop, ledger.outcomes(), all);
  return ledger.outcomes();
}

}  // namespace pushforward::study
