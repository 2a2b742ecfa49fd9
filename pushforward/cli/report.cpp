#include "pushforward/runs/report.h"

#include "pushforward/cli/run_option.h"
#include "pushforward/cli/verbs.h"

namespace pushforward::cli {

void add_report(CLI::App& verb, const Program& program) {
  auto runs = std::make_shared<std::vector<std::string>>();
  verb.footer(
      "examples\n"
      "  pushforward report runs/realnvp            writes runs/realnvp/report.html, which needs no "
      "network\n");
  verb.add_option("RUN", *runs, "Run folders")->required();
  verb.callback([runs, &program] {
    report::Table table{.title = "Reports", .columns = {{.name = "file", .align = report::Align::kLeft}}};
    for (const auto& path : *runs)
      table.rows.push_back({runs::write_report(models::Run::open(path)).string()});
    program.print({table}, to_json(table));
  });
}

}  // namespace pushforward::cli
