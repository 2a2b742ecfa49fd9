#include "pushforward/cli/checks.h"
#include "pushforward/cli/detector_option.h"
#include "pushforward/cli/run_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/detection/ood_study.h"

namespace pushforward::cli {

void add_ood(CLI::App& verb, const Program& program) {
  auto run_option = RunOption::add(verb);
  auto in = std::make_shared<std::string>("fashion-mnist:test");
  auto out = std::make_shared<std::vector<std::string>>();
  auto companions = std::make_shared<detection::Companions>();
  auto scores = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"all"});
  verb.footer(
      list_of_detectors() +
      "\nexamples\n"
      "  pushforward ood runs/realnvp --in fashion-mnist:test --out-of mnist:test kmnist:test\n"
      "  pushforward ood runs/realnvp --out-of fashion-mnist:test+invert --scores typicality --full\n"
      "  pushforward ood runs/realnvp --near kmnist:test --out-of mnist:test\n"
      "  pushforward ood runs/realnvp --out-of mnist:test --background-run runs/background --classifier "
      "runs/classifier\n\n"
      "Detectors are fitted on the images that the run held out (where these are --in, on those it was\n"
      "trained on), never on foreign ones; a note says which models have seen some of them. Companions\n"
      "answer what the run cannot: likelihood-ratio takes a background (train one on\n"
      "fashion-mnist+mutate), waic an ensemble, energy a classifier, reconstruction an autoencoder,\n"
      "mahalanobis and knn either of these. discriminator and corrected are answered by a run of\n"
      "flow-nce. combination costs eight evaluations of the density an image: its own, and those of its\n"
      "turns and mirror images.\n\n"
      "Histograms and ROC curves go to RUN/plots, scores to RUN/ood; `pushforward report RUN` shows them.\n");
  verb.add_option("--in", *in, "Familiar images")->capture_default_str();
  auto* foreign = verb.add_option("--out-of", *out, "Foreign images, one set or more");
  auto near = std::make_shared<std::vector<std::string>>();
  verb.add_option("--near", *near,
                  "Foreign images close to the familiar ones; --out-of are then the far ones, and "
                  "both have their means in the table");
  auto most = std::make_shared<std::int64_t>(0);
  verb.add_option("-n", *most, "Of each set, the first so many images (default: all)")->check(at_least(1));
  auto full = std::make_shared<bool>(false);
  verb.add_flag(
      "--full", *full,
      "Print every detector with all its statistics, not the AUROC of the best (--json: always all)");
  auto names = names_of_detectors();
  names.insert(names.begin(), "all");
  verb.add_option("--scores", *scores, "Which scores, or all")
      ->delimiter(',')
      ->check(one_of(names))
      ->capture_default_str();
  add_companions(verb, *companions);
  add_precision(verb);
  verb.callback([=, &program] {
    if (near->empty() && foreign->empty())
      throw usage("--out-of is required (or --near): which images are foreign?");
    const auto run = run_option->open();
    auto sets = *near;
    sets.insert(sets.end(), out->begin(), out->end());
    auto study = detection::ood_study(run, *companions, *in, sets, *scores, *most);
    study.near = near->size();
    detection::save(study, run.folder);
    std::vector<report::Table> tables;
    if (study.likelihood) tables.push_back(detection::likelihood_table(study));
    tables.push_back(*full ? detection::separation_table(study) : detection::best_table(study));
    program.print(tables, detection::to_json(study));
  });
}

}  // namespace pushforward::cli
