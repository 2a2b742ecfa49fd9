#include "pushforward/study/study.h"

#include "pushforward/cli/checks.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/core/progress.h"
#include "pushforward/ops/precision.h"

namespace pushforward::cli {

void add_study(CLI::App& verb, const Program& program) {
  auto o = std::make_shared<study::Options>();
  verb.footer(
      "examples\n"
      "  pushforward study --quick                 the same document from shortened runs, in minutes\n"
      "  pushforward study --out study             all of it: hours on two cores\n"
      "  pushforward study --precision auto        in bfloat16 where the processor has it: sooner\n"
      "  pushforward study --quick --language fa   in Persian: from the same runs, the lab done again\n\n"
      "Steps that are done are not done again: interrupted anywhere, the same command goes on. A step that\n"
      "fails is named in the document, and tried again the next time. OUT/runs holds the runs, each with "
      "its\n"
      "own report to be had; OUT/found what was measured, as JSON.\n");
  verb.add_option("--out", o->out, "Folder for runs, numbers and the document")
      ->check(a_name())
      ->capture_default_str();
  verb.add_option("--seed", o->seed, "Seed of every run and experiment")
      ->check(at_least(0))
      ->capture_default_str();
  verb.add_flag("--quick", o->quick, "Shortened runs");
  verb.add_option("--language", o->language, "Of the document")
      ->check(one_of(report::Texts::languages()))
      ->capture_default_str();
  verb.add_option("--precision", o->precision, "Of the products of every run (default: as its preset says)")
      ->check(one_of(ops::precision_names()));
  verb.callback([o, &program] {
    const auto outcomes = study::run(*o);
    report::Table table{.title = "Study",
                        .columns = {{.name = "step", .align = report::Align::kLeft},
                                    {"time", "s"},
                                    {.name = "became", .align = report::Align::kLeft}}};
    Json document{{"document", (o->out / "study.html").string()}, {"steps", Json::array()}};
    std::size_t failed = 0;
    for (const auto& one : outcomes) {
      failed += one.error.empty() ? 0 : 1;
      table.rows.push_back({one.step, {one.seconds, 1}, one.error.empty() ? "done" : one.error});
      document["steps"].push_back({{"step", one.step}, {"seconds", one.seconds}, {"error", one.error}});
    }
    table.notes.push_back("document: " + (o->out / "study.html").string());
    program.print({table}, document);
    if (failed > 0)
      throw fail(
          "{} of {} steps failed; the same command tries them again (a damaged run: remove its folder in {})",
          failed, outcomes.size(), (o->out / "runs").string());
  });
}

}  // namespace pushforward::cli
