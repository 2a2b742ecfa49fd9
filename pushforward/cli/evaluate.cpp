#include "pushforward/cli/evaluation_option.h"
#include "pushforward/cli/verbs.h"

namespace pushforward::cli {

void add_evaluate(CLI::App& verb, const Program& program) {
  auto option = EvaluationOption::add(verb);
  verb.footer(
      std::string(
          "examples\n"
          "  pushforward evaluate fashion-mnist:test runs/dcgan\n"
          "  pushforward evaluate real/ fake/ --features inception --json\n\n"
          "FID, FID∞, KID, precision, recall, density, coverage and the Inception Score of B, each as\n"
          "its own verb has it by default, with the features computed once.\n") +
      EvaluationOption::about);
  verb.callback([=, &program] {
    const auto sides = option->load(true);
    const auto found = evaluation::evaluate(sides[0], sides[1], option->options.seed);
    program.print({to_table(found)}, to_json(found));
  });
}

}  // namespace pushforward::cli
