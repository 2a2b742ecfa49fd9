#include "pushforward/cli/checks.h"
#include "pushforward/cli/evaluation_option.h"
#include "pushforward/cli/verbs.h"

namespace pushforward::cli {

void add_inception_score(CLI::App& verb, const Program& program) {
  auto option = EvaluationOption::add(verb, false);
  auto splits = std::make_shared<std::int64_t>(10);
  verb.footer(
      std::string(
          "examples\n"
          "  pushforward inception-score runs/dcgan\n"
          "  pushforward inception-score fashion-mnist:test\n"
          "  pushforward inception-score fake/ --features inception\n\n"
          "exp of the mean KL(p(class | image) ‖ p(class)): from 1 to the number of the classifier's\n"
          "classes. Real images of the same kind say what there is to reach.\n") +
      EvaluationOption::about);
  verb.add_option("--splits", *splits, "Parts that are scored alone and averaged")
      ->check(between(2, 10'000))
      ->capture_default_str();
  verb.callback([=, &program] {
    const auto side = option->open().load(option->a, 0, true);
    const evaluation::Evaluation found{.sides = {side},
                                       .values = {evaluation::measure_inception_score(side, *splits)},
                                       .seed = option->options.seed,
                                       .notes = {fmt::format("mean of {} splits", *splits)}};
    program.print({to_table(found)}, to_json(found));
  });
}

}  // namespace pushforward::cli
