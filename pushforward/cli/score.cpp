#include "pushforward/cli/checks.h"
#include "pushforward/cli/run_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/runs/scores.h"

namespace pushforward::cli {

void add_score(CLI::App& verb, const Program& program) {
  auto run_option = RunOption::add(verb);
  auto spec = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>();
  verb.footer(
      "examples\n"
      "  pushforward score runs/realnvp --data fashion-mnist:test\n"
      "  pushforward score runs/realnvp --data photos/ --out scores.csv\n"
      "  pushforward score runs/conditional --data fashion-mnist:test     also by label, and the accuracy\n");
  verb.add_option("--data", *spec, "Images to score")->required();
  verb.add_option("--out", *out,
                  "A line or number per image: scores.csv, or scores.npy of float64 [N]; of a conditional "
                  "model [N, 1 + classes], log p(x) and each p(y | x)")
      ->check(ending_in({".csv", ".npy"}));
  verb.callback([=, &program] {
    const auto scores = runs::score(run_option->open(), *spec);
    if (!out->empty()) runs::write_scores(*out, scores);
    program.print(to_tables(scores), to_json(scores));
  });
}

}  // namespace pushforward::cli
