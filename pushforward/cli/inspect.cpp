#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/data/load.h"
#include "pushforward/study/model_size.h"
#include "pushforward/study/presets.h"
#include "pushforward/study/round_trip.h"
#include "pushforward/study/run.h"

namespace pushforward::cli {
namespace {

report::Table layers(const std::string& what, const flows::Flow& model) {
  report::Table table{.title = what,
                      .columns = {{.name = "layer", .align = report::Align::kLeft},
                                  {.name = "what", .align = report::Align::kLeft},
                                  {"parameters"},
                                  {"forward", "MFLOP/image"}}};
  for (const auto& [name, bijector] : model.bijectors())
    table.rows.push_back({name,
                          bijector->describe(),
                          study::parameter_count(*bijector),
                          {1e-6 * study::forward_flop(*bijector), 2}});
  table.rows.push_back({"total",
                        fmt::format("base distribution N(0, I) in {} dimensions", model.dims()),
                        study::parameter_count(model),
                        {1e-6 * study::forward_flop(model), 2}});
  table.notes = {"a training step costs three times the forward arithmetic per image",
                 "couplings store and multiply only the half of each masked matrix that has an effect"};
  return table;
}

report::Table invertibility(const study::Run& run, const std::string& data) {
  const auto error = study::round_trip(*run.model, run.images(data::load_images(data)));
  const auto cell = [](double value) {
    report::Cell made(fmt::format("{:.2g}", value));
    made.value = finite_or_null(value);
    return made;
  };
  report::Table table{.title = "Largest |x − f⁻¹(f(x))| over " + data, .columns = {{"float32"}, {"float64"}}};
  table.rows = {{cell(error.float32), cell(error.float64)}};
  table.notes = {"pixels in [0, 1]"};
  return table;
}

}  // namespace

void add_inspect(CLI::App& verb, const Program& program) {
  auto what = std::make_shared<std::string>();
  auto data = std::make_shared<std::string>();
  verb.footer(
      "examples\n"
      "  pushforward inspect realnvp\n"
      "  pushforward inspect runs/realnvp --data fashion-mnist:test     is its inverse an inverse?\n");
  verb.add_option("WHAT", *what, "A run folder, a preset or a .toml file")->required();
  verb.add_option("--data", *data, "Images to send through a run and back");
  verb.callback([=, &program] {
    if (!std::filesystem::is_directory(*what)) {
      if (!data->empty()) throw usage("--data needs a trained run, and {} is not a folder", *what);
      auto config = study::load_config(*what);
      const auto table = layers(*what, *study::make_model(config));
      return program.print({table}, to_json(table));
    }
    const auto run = study::Run::open(*what);
    std::vector<report::Table> tables{layers(*what, *run.model)};
    auto document = to_json(tables.front());
    if (!data->empty()) {
      tables.push_back(invertibility(run, *data));
      document["round_trip"] = to_json(tables.back())["rows"][0];
    }
    program.print(tables, document);
  });
}

}  // namespace pushforward::cli
