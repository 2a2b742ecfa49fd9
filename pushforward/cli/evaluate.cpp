#include <algorithm>
#include <iterator>

#include "pushforward/cli/evaluation_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/evaluation/memorisation.h"

namespace pushforward::cli {

void add_evaluate(CLI::App& verb, const Program& program) {
  auto option = EvaluationOption::add(verb);
  auto train = std::make_shared<std::string>();
  verb.footer(
      std::string(
          "examples\n"
          "  pushforward evaluate fashion-mnist:test runs/dcgan\n"
          "  pushforward evaluate real/ fake/ --features inception --json\n"
          "  pushforward evaluate real/ fake/ --features clip.pt --convention clip\n"
          "  pushforward evaluate fashion-mnist:test runs/dcgan --train fashion-mnist:train\n\n"
          "FID, FID∞, KID, precision, recall, density, coverage and the Inception Score of B, each as its\n"
          "own verb has it by default, with the features computed once. MIND: 3 d times their squared "
          "sliced\n"
          "Wasserstein-2 distance. CMMD (`kid --kernel gaussian`) where they have length 1, as the "
          "convention\n"
          "clip makes them. With --train also whether B holds copies of the training set: authenticity,\n"
          "the share of B that is farther from the training set than that is from itself, and C_T, by how\n"
          "many standard deviations B is farther from the training set than A, which must not be in it.\n") +
      EvaluationOption::about);
  verb.add_option("--train", *train, "DATA that the model of B was trained on: look for copies of it");
  verb.callback([=, &program] {
    const auto sides = option->load(true);
    std::optional<evaluation::Side> known;
    std::vector<evaluation::Measured> copies;
    if (!train->empty()) {
      known = option->load_train(*train);
      copies = evaluation::measure_memorisation(*known, sides[0], sides[1]);
    }
    auto found = evaluation::evaluate(sides[0], sides[1], option->options.seed);
    found.train = std::move(known);
    std::ranges::move(copies, std::back_inserter(found.values));
    program.print({to_table(found)}, to_json(found));
  });
}

}  // namespace pushforward::cli
