#include "pushforward/cli/checks.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/models/presets.h"
#include "pushforward/models/run.h"
#include "pushforward/runs/training.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::cli {
namespace {

struct Arguments {
  std::string what, data, out, features;
  std::optional<std::int64_t> epochs, seed, fid_every;
  bool resume = false;
  std::vector<std::string> set;

  std::vector<std::string> overrides() const {
    auto all = set;
    if (epochs) all.push_back(fmt::format("train.epochs={}", *epochs));
    if (seed) all.push_back(fmt::format("train.seed={}", *seed));
    if (fid_every) all.push_back(fmt::format("train.fid_every={}", *fid_every));
    if (!features.empty()) all.push_back("train.fid_features=" + to_text(features));
    if (!data.empty()) all.push_back("data.name=" + to_text(data));  // JSON quotes as TOML does.
    return all;
  }
};

report::Cell number(double value) {
  return {value, std::abs(value) < 10 ? 4 : 2};
}

void print_result(const Program& program, const std::filesystem::path& out) {
  const auto run = models::Run::open(out);
  const auto& folder = run.folder;
  const auto metrics = train::read_metrics(folder.metrics());
  Json last;
  for (const auto& line : metrics)
    if (line.contains("train")) last = line;
  report::Table table{.title = "Trained",
                      .columns = {{.name = "", .align = report::Align::kLeft},
                                  {.name = "value", .align = report::Align::kLeft}}};
  table.rows.push_back({"run", out.string()});
  table.rows.push_back({"epochs", last.at("epoch").get<std::int64_t>()});
  table.rows.push_back({"time (s)", {last.at("seconds").get<double>(), 1}});
  for (const char* part : {"train", "held_out", "measured"})
    if (last.contains(part))
      for (const auto& [name, value] : last[part].items())
        table.rows.push_back({fmt::format("{} {}", part, name),
                              value.is_null() ? report::Cell() : number(value.get<double>())});
  std::vector<std::string> made;
  if (const auto curves = folder.plots() / "curves.png"; std::filesystem::exists(curves))
    made.push_back("curves: " + curves.string());
  if (!std::filesystem::is_empty(folder.samples())) made.push_back("samples: " + folder.samples().string());
  if (!made.empty()) table.notes.push_back(fmt::format("{}", fmt::join(made, ", ")));
  const auto verdict = run.model.verdict(metrics);
  for (const auto& sentence : verdict) table.notes.push_back("! " + sentence);
  Json document{{"run", out.string()}};
  document.update(last);
  if (!verdict.empty()) document["verdict"] = verdict;
  program.print({table}, document);
}

}  // namespace

void add_train(CLI::App& verb, const Program& program) {
  auto a = std::make_shared<Arguments>();
  std::string presets = "presets\n";
  for (const auto& preset : models::presets())
    presets += fmt::format("  {:<20} {}\n", preset.name, preset.summary);
  verb.footer(
      presets +
      "\nexamples\n"
      "  pushforward train realnvp --out runs/a\n"
      "  pushforward train realnvp-dequantized --epochs 3 --seed 1 --set train.learning_rate=5e-4\n"
      "  pushforward train classifier\n"
      "  pushforward train dcgan --epochs 2 --fid-every 1\n"
      "  pushforward train dcgan --set gan.objective=hinge --set model.critic_norm=spectral\n"
      "  pushforward train wgan-gp-points --out runs/modes\n"
      "  pushforward train --resume --out runs/a --epochs 20\n"
      "  pushforward train glow --set model.conditional=true\n"
      "  pushforward train my.toml --data photos/ --set model.couplings=12\n\n"
      "Every key of a configuration is in docs/formats.md, and with what it is set to in RUN/config.toml.\n"
      "Ctrl-C saves and ends with status 130; --resume continues bit for bit, on as many threads.\n");
  verb.add_option("CONFIG", a->what, "A preset or a .toml file");
  verb.add_option("--data", a->data, "Training images instead of the configuration's");
  verb.add_option("--out", a->out, "Run folder (default: runs/NAME)");
  verb.add_option("--epochs", a->epochs, "Passes over the training images")->check(between(1, 1'000'000));
  verb.add_option("--seed", a->seed, "Seed of every random stream")->check(at_least(0));
  verb.add_option(
          "--fid-every", a->fid_every,
          "Measure FID of 10,000 samples after every so many epochs; best is by it where nothing else is")
      ->check(between(0, 1'000'000));
  verb.add_option("--features", a->features,
                  "For FID, as `pushforward fid` takes them (default: runs/classifier)");
  verb.add_flag("--resume", a->resume, "Continue the run in --out");
  verb.add_option("--set", a->set, "key=value, as many as wanted (train.batch=64)");
  verb.callback([a, &program] {
    if (a->resume) {
      if (a->out.empty()) throw usage("--resume needs --out RUN, the run to continue");
      if (!a->what.empty()) throw usage("--resume takes the run's own configuration: leave out {}", a->what);
      runs::resume_run(a->out, a->overrides());
    } else {
      if (a->what.empty())
        throw usage("what to train? Name a preset or a .toml file (see `pushforward train --help`)");
      auto config = models::load_config(a->what);
      for (const auto& assignment : a->overrides()) config.set(assignment);
      if (a->out.empty()) a->out = "runs/" + std::filesystem::path(a->what).stem().string();
      runs::train_run(std::move(config), a->out);
    }
    print_result(program, a->out);
  });
}

}  // namespace pushforward::cli
