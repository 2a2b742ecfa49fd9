#include "pushforward/cli/checks.h"
#include "pushforward/cli/evaluation_option.h"
#include "pushforward/cli/verbs.h"

namespace pushforward::cli {

void add_kid(CLI::App& verb, const Program& program) {
  auto option = EvaluationOption::add(verb);
  auto kid = std::make_shared<metrics::KidOptions>();
  verb.footer(
      std::string("examples\n"
                  "  pushforward kid fashion-mnist:test runs/dcgan\n"
                  "  pushforward kid real/ fake/ --features inception --subsets 50\n\n"
                  "The squared maximum mean discrepancy with the kernel (xᵀy/d + 1)³, unbiased: it does not\n"
                  "depend on how many samples there are, and may be negative.\n") +
      EvaluationOption::about);
  verb.add_option("--subsets", kid->subsets, "Random subsets that are averaged")
      ->check(between(2, 100'000))
      ->capture_default_str();
  verb.add_option("--subset-size", kid->subset_size,
                  "Samples of either side in each (fewer where there are fewer)")
      ->check(between(2, 1'000'000))
      ->capture_default_str();
  verb.callback([=, &program] {
    const auto sides = option->load();
    kid->seed = option->options.seed;
    const evaluation::Evaluation found{
        .sides = sides, .values = {evaluation::measure_kid(sides[0], sides[1], *kid)}, .seed = kid->seed};
    program.print({to_table(found)}, to_json(found));
  });
}

}  // namespace pushforward::cli
