#include "pushforward/cli/checks.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/models/presets.h"
#include "pushforward/runs/benchmark.h"

namespace pushforward::cli {

void add_bench(CLI::App& verb, const Program& program) {
  auto names = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"realnvp"});
  auto options = std::make_shared<runs::BenchmarkOptions>();
  verb.footer(
      "examples\n  pushforward bench realnvp --json\n  pushforward bench realnvp dcgan wgan-gp --steps 10\n");
  verb.add_option("PRESET", *names, "Presets or .toml files")->capture_default_str();
  verb.add_option("--steps", options->steps, "Training iterations to time")
      ->check(between(1, 100000))
      ->capture_default_str();
  verb.add_option("--data", options->data, "Images to score")->capture_default_str();
  verb.callback([=, &program] {
    report::Table table{.title = "Speed", .columns = {{.name = "", .align = report::Align::kLeft}}};
    std::vector<std::vector<report::Cell>> rows{{"training iteration, median (ms)"},
                                                {"  fastest"},
                                                {"  slowest"},
                                                {"  steps"},
                                                {"  arithmetic (GFLOP)"},
                                                {"  achieved (GFLOP/s)"},
                                                {"this machine's peak (GFLOP/s)"},
                                                {"  share of peak"},
                                                {"sampling (images/s)"},
                                                {"scoring, file to scores (images/s)"},
                                                {"  images in memory"},
                                                {"peak memory (MB)"}};
    const auto rate = [](const std::optional<double>& value) {
      return value ? report::Cell(*value, 0) : report::Cell();
    };
    const auto number = [](const std::optional<double>& value) {
      return value ? Json(*value) : Json(nullptr);
    };
    std::vector<std::pair<std::string, Config>> configs;  // all of them, before any is timed
    for (const auto& name : *names) configs.emplace_back(name, models::load_config(name));
    Json documents = Json::array();
    for (const auto& [name, config] : configs) {
      const auto b = runs::benchmark(config, *options);
      table.columns.push_back({name});
      const report::Cell cells[] = {{b.iteration_ms_median, 1},
                                    {b.iteration_ms_min, 1},
                                    {b.iteration_ms_max, 1},
                                    b.steps_an_iteration,
                                    {b.iteration_gflop, 2},
                                    {b.achieved_gflops, 0},
                                    {b.peak_gflops, 0},
                                    {b.achieved_gflops / b.peak_gflops, 2},
                                    rate(b.sample_images_per_s),
                                    rate(b.score_images_per_s),
                                    rate(b.score_only_images_per_s),
                                    {b.peak_memory_mb, 0}};
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i].push_back(cells[i]);
      const auto steps = static_cast<double>(b.steps_an_iteration);
      documents.push_back({{"preset", name},
                           {"threads", b.threads},
                           {"batch", b.batch},
                           {"steps_an_iteration", b.steps_an_iteration},
                           {"train_iteration_ms_median", b.iteration_ms_median},
                           {"train_step_ms_median", b.iteration_ms_median / steps},
                           {"train_step_ms_min", b.iteration_ms_min / steps},
                           {"train_step_ms_max", b.iteration_ms_max / steps},
                           {"step_gflop", b.iteration_gflop / steps},
                           {"achieved_gflops", b.achieved_gflops},
                           {"peak_gflops", b.peak_gflops},
                           {"sample_images_per_s", number(b.sample_images_per_s)},
                           {"score_images_per_s", number(b.score_images_per_s)},
                           {"score_only_images_per_s", number(b.score_only_images_per_s)},
                           {"peak_memory_mb", b.peak_memory_mb}});
      table.notes = {
          fmt::format("{} threads, batch {}; peak: the best 2048³ product of this run", b.threads, b.batch),
          "arithmetic is that of the model as it is defined: convolutions are done with less (Winograd's "
          "method)"};
    }
    table.rows = std::move(rows);
    program.print({table}, documents.size() == 1 ? documents[0] : documents);
  });
}

}  // namespace pushforward::cli
