#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/study/presets.h"
#include "pushforward/study/run.h"
#include "pushforward/study/samples.h"

namespace pushforward::cli {
namespace {

/// Multiplications and additions of the weight matrices for one image, forward.
double megaflop(const nn::Module& module) {
  double flop = 0;
  for (const auto& parameter : module.parameters())
    if (parameter.dim() == 2) flop += 2.0 * static_cast<double>(parameter.numel());
  return flop * 1e-6;
}

void print(const Program& program, const std::string& what, const flows::Flow& model) {
  report::Table table{.title = what,
                      .columns = {{.name = "layer", .align = report::Align::kLeft},
                                  {.name = "what", .align = report::Align::kLeft},
                                  {"parameters"},
                                  {"forward", "MFLOP/image"}}};
  for (const auto& [name, bijector] : model.bijectors())
    table.rows.push_back(
        {name, bijector->describe(), study::parameter_count(*bijector), {megaflop(*bijector), 2}});
  table.rows.push_back({"total",
                        fmt::format("base distribution N(0, I) in {} dimensions", model.dims()),
                        study::parameter_count(model),
                        {megaflop(model), 2}});
  table.notes = {"a training step costs three times the forward arithmetic per image",
                 "couplings store and multiply only the half of each masked matrix that has an effect"};
  program.print({table}, to_json(table));
}

}  // namespace

void add_inspect(CLI::App& verb, const Program& program) {
  auto what = std::make_shared<std::string>();
  verb.footer("examples\n  pushforward inspect realnvp\n  pushforward inspect runs/realnvp\n");
  verb.add_option("WHAT", *what, "A run folder, a preset or a .toml file")->required();
  verb.callback([what, &program] {
    if (std::filesystem::is_directory(*what)) return print(program, *what, *study::Run::open(*what).model);
    auto config = study::load_config(*what);
    print(program, *what, *study::make_model(config));
  });
}

}  // namespace pushforward::cli
