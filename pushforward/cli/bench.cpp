#include "pushforward/cli/checks.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/models/presets.h"
#include "pushforward/runs/benchmark.h"

namespace pushforward::cli {

void add_bench(CLI::App& verb, const Program& program) {
  auto names = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"realnvp"});
  auto options = std::make_shared<runs::BenchmarkOptions>();
  verb.footer(
      "examples\n"
      "  pushforward bench realnvp --json\n"
      "  pushforward bench realnvp dcgan wgan-gp --steps 10\n"
      "  pushforward bench multiscale --set train.precision=float32\n");
  verb.add_option("PRESET", *names, "Presets or .toml files")->capture_default_str();
  verb.add_option("--steps", options->steps, "Training iterations to time")
      ->check(between(1, 100000))
      ->capture_default_str();
  auto set = std::make_shared<std::vector<std::string>>();
  verb.add_option("--set", *set, "key=value of every configuration, above what the files say");
  verb.add_option("--data", options->data, "Images to score")->capture_default_str();
  verb.callback([=, &program] {
    std::vector<std::pair<std::string, Config>> configs;  // all of them, before any is timed
    for (const auto& name : *names) {
      auto& config = configs.emplace_back(name, models::load_config(name)).second;
      for (const auto& assignment : *set) config.set(assignment);
    }
    runs::Benchmarks benchmarks;
    for (const auto& [name, config] : configs)
      benchmarks.emplace_back(name, runs::benchmark(config, *options));
    program.print({runs::to_table(benchmarks)}, runs::to_json(benchmarks));
  });
}

}  // namespace pushforward::cli
