#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/models/presets.h"
#include "pushforward/models/round_trip.h"
#include "pushforward/models/run.h"
#include "pushforward/ops/peak.h"

namespace pushforward::cli {
namespace {

report::Table layers(const std::string& what, const models::Model& model) {
  report::Table table{.title = what,
                      .columns = {{.name = "layer", .align = report::Align::kLeft},
                                  {.name = "what", .align = report::Align::kLeft},
                                  {"parameters"},
                                  {"forward", "MFLOP/example"}}};
  for (const auto& layer : model.layers)
    table.rows.push_back(
        {layer.name, layer.what, layer.parameters,
         layer.forward_flop > 0 ? report::Cell(1e-6 * layer.forward_flop, 2) : report::Cell()});
  table.notes = {fmt::format("a training iteration takes {:.2f} MFLOP per example of its batch",
                             1e-6 * model.training.iteration_flop)};
  const auto rates = ops::product_rates();
  table.notes.push_back(fmt::format(
      "this machine now: {:.0f} GFLOP/s in float32, {}, {:.0f} GB/s of memory", rates.float32,
      rates.bfloat16 ? fmt::format("{:.0f} in bfloat16", *rates.bfloat16) : "no instructions for bfloat16",
      ops::memory_rate()));
  if (model.density)
    table.notes.emplace_back(
        "couplings store and multiply only the half of each masked matrix that has an effect");
  return table;
}

report::Table invertibility(const models::Run& run, const std::string& data) {
  const auto& density = models::expect_density(run.model);
  const auto error = models::round_trip(density, run.load(data));
  const auto cell = [](double value) {
    report::Cell made(fmt::format("{:.2g}", value));
    made.value = finite_or_null(value);
    return made;
  };
  report::Table table{.title = "Largest |x − f⁻¹(f(x))| over " + data, .columns = {{"float32"}, {"float64"}}};
  table.rows = {{cell(error.float32), cell(error.float64)}};
  table.notes = {fmt::format("x are the {}", density.likelihood.of)};
  return table;
}

}  // namespace

void add_inspect(CLI::App& verb, const Program& program) {
  auto what = std::make_shared<std::string>();
  auto data = std::make_shared<std::string>();
  verb.footer(
      "examples\n"
      "  pushforward inspect realnvp\n"
      "  pushforward inspect dcgan\n"
      "  pushforward inspect runs/realnvp --data fashion-mnist:test     is its inverse an inverse?\n");
  verb.add_option("WHAT", *what, "A run folder, a preset or a .toml file")->required();
  verb.add_option("--data", *data, "Images to send through a run and back");
  verb.callback([=, &program] {
    if (!std::filesystem::is_directory(*what)) {
      if (!data->empty()) throw usage("--data needs a trained run, and {} is not a folder", *what);
      auto config = models::load_config(*what);
      const auto table = layers(*what, models::make_model(config));
      return program.print({table}, to_json(table));
    }
    const auto run = models::Run::open(*what);
    std::vector<report::Table> tables{layers(*what, run.model)};
    auto document = to_json(tables.front());
    if (!data->empty()) {
      tables.push_back(invertibility(run, *data));
      document["round_trip"] = to_json(tables.back())["rows"][0];
    }
    program.print(tables, document);
  });
}

}  // namespace pushforward::cli
