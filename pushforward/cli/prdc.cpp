#include "pushforward/cli/checks.h"
#include "pushforward/cli/evaluation_option.h"
#include "pushforward/cli/verbs.h"

namespace pushforward::cli {

void add_prdc(CLI::App& verb, const Program& program) {
  auto option = EvaluationOption::add(verb);
  auto k = std::make_shared<std::int64_t>(5);
  verb.footer(
      std::string(
          "examples\n"
          "  pushforward prdc fashion-mnist:test runs/dcgan\n"
          "  pushforward prdc real/ fake/ --features inception -k 3\n\n"
          "Precision is the share of B inside A's balls, density how many of them hold a sample of B: both\n"
          "say whether samples look real. Recall is the share of A inside B's balls, coverage that of A's\n"
          "balls that hold a sample of B: both say whether all of the real ones are reached. Balls reach to\n"
          "the k-th nearest neighbour.\n") +
      EvaluationOption::about);
  verb.add_option("-k", *k, "Neighbours that a ball reaches to")
      ->check(between(1, 10'000))
      ->capture_default_str();
  verb.callback([=, &program] {
    const auto sides = option->load();
    const evaluation::Evaluation found{
        .sides = sides,
        .values = evaluation::measure_prdc(sides[0], sides[1], *k, option->options.seed),
        .seed = option->options.seed};
    program.print({to_table(found)}, to_json(found));
  });
}

}  // namespace pushforward::cli
