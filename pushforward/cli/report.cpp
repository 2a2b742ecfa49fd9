#include "pushforward/runs/report.h"

#include "pushforward/cli/checks.h"
#include "pushforward/cli/run_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/runs/comparison.h"

namespace pushforward::cli {

void add_report(CLI::App& verb, const Program& program) {
  auto runs = std::make_shared<std::vector<std::string>>();
  auto compared = std::make_shared<std::string>();
  verb.footer(
      "examples\n"
      "  pushforward report runs/realnvp            writes runs/realnvp/report.html, which needs no "
      "network\n"
      "  pushforward report runs/glow runs/multiscale --compare bits.png\n");
  verb.add_option("RUN", *runs, "Run folders")->required();
  verb.add_option("--compare", *compared, "Also draw the runs' held-out bits/dim by training time, .png")
      ->check(ending_in({".png"}));
  verb.callback([runs, compared, &program] {
    report::Table table{.title = "Reports", .columns = {{.name = "file", .align = report::Align::kLeft}}};
    std::vector<models::Run> opened;
    for (const auto& path : *runs) opened.push_back(models::Run::open(path));
    if (!compared->empty()) {
      report::draw(runs::compare_densities(opened)).save(*compared);
      table.rows.push_back({*compared});
    }
    for (const auto& run : opened) table.rows.push_back({runs::write_report(run).string()});
    program.print({table}, to_json(table));
  });
}

}  // namespace pushforward::cli
