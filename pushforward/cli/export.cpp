#include "pushforward/cli/checks.h"
#include "pushforward/cli/run_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/models/exchange.h"

namespace pushforward::cli {

void add_export(CLI::App& verb, const Program& program) {
  auto run_option = RunOption::add(verb);
  auto weights = std::make_shared<std::string>();
  verb.footer(
      "examples\n"
      "  pushforward export runs/realnvp weights.safetensors\n\n"
      "Names and shapes are those that `pushforward import` reads; what a mask makes dead is zero.\n");
  verb.add_option("WEIGHTS", *weights, "The file to write")->required()->check(ending_in({".safetensors"}));
  verb.callback([=, &program] {
    models::export_run(run_option->open(), *weights);
    report::Table table{.title = "Exported", .columns = {{.name = "file", .align = report::Align::kLeft}}};
    table.rows = {{*weights}};
    program.print({table}, {{"file", *weights}});
  });
}

}  // namespace pushforward::cli
