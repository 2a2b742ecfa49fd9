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
  auto companions = std::make_shared<study::Companions>();
  auto scores = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"all"});
  std::string detectors = "scores (higher = more anomalous)\n";
  for (const auto& kind : ood::kinds()) detectors += fmt::format("  {:<19} {}\n", kind.name, kind.summary);
  verb.footer(
      detectors +
      "\nexamples\n"
      "  pushforward ood runs/realnvp --in fashion-mnist:test --out-of mnist:test kmnist:test\n"
      "  pushforward ood runs/realnvp --out-of fashion-mnist:test+invert --scores typicality --json\n"
      "  pushforward ood runs/realnvp --out-of mnist:test --background runs/background --classifier "
      "runs/classifier\n\n"
      "Detectors are fitted on the images that the run held out, never on foreign ones. Companions answer "
      "what "
      "the\nrun cannot: likelihood-ratio takes a background (train one on fashion-mnist+mutate), waic an "
      "ensemble, "
      "energy a\nclassifier, reconstruction an autoencoder, mahalanobis and knn either of these.\n\n"
      "Histograms and ROC curves go to RUN/plots, scores to RUN/ood; `pushforward report RUN` shows them.\n");
  verb.add_option("--in", *in, "Familiar images")->capture_default_str();
  verb.add_option("--out-of", *out, "Foreign images, one set or more")->required();
  verb.add_option("--scores", *scores, "Which scores, or all")->delimiter(',')->capture_default_str();
  verb.add_option("--background", companions->background, "A run on perturbed images: likelihood-ratio");
  verb.add_option("--ensemble", companions->ensemble, "Runs of other seeds: waic");
  verb.add_option("--classifier", companions->classifier, "A classifier's run: energy, mahalanobis, knn");
  verb.add_option("--autoencoder", companions->autoencoder, "An autoencoder's run: reconstruction");
  verb.callback([=, &program] {
    const auto run = run_option->open();
    const auto study = study::ood_study(run, *companions, *in, *out, *scores);
    study::save(study, run.folder);
    std::vector<report::Table> tables;
    if (study.likelihood) tables.push_back(study::likelihood_table(study));
    tables.push_back(study::separation_table(study));
    program.print(tables, study::to_json(study));
  });
}

}  // namespace pushforward::cli
