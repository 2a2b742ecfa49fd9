#include "pushforward/cli/run_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/ood/detector.h"
#include "pushforward/study/ood_study.h"

namespace pushforward::cli {

void add_ood(CLI::App& verb, const Program& program) {
  auto run_option = RunOption::add(verb);
  auto in = std::make_shared<std::string>("fashion-mnist:test");
  auto out = std::make_shared<std::vector<std::string>>();
  auto scores = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"all"});
  std::string detectors = "scores (higher = more anomalous)\n";
  for (const auto& kind : ood::kinds()) detectors += fmt::format("  {:<12} {}\n", kind.name, kind.summary);
  verb.footer(
      detectors +
      "\nexamples\n"
      "  pushforward ood runs/realnvp --in fashion-mnist:test --out-of mnist:test kmnist:test\n"
      "  pushforward ood runs/realnvp --out-of fashion-mnist:test+invert --scores typicality --json\n\n"
      "Histograms and ROC curves go to RUN/plots, scores to RUN/ood; `pushforward report RUN` shows them.\n");
  verb.add_option("--in", *in, "Familiar images")->capture_default_str();
  verb.add_option("--out-of", *out, "Foreign images, one set or more")->required();
  verb.add_option("--scores", *scores, "Which scores, or all")->delimiter(',')->capture_default_str();
  verb.callback([=, &program] {
    auto names = *scores;
    if (names == std::vector<std::string>{"all"}) {
      names.clear();
      for (const auto& kind : ood::kinds()) names.emplace_back(kind.name);
    }
    const auto run = run_option->open();
    const auto study = study::ood_study(run, *in, *out, names);
    study::save(study, run.folder);
    program.print({study::likelihood_table(study), study::separation_table(study)}, study::to_json(study));
  });
}

}  // namespace pushforward::cli
