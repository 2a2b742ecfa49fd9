#include "pushforward/cli/checks.h"
#include "pushforward/cli/evaluation_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/evaluation/distances.h"

namespace pushforward::cli {

void add_kid(CLI::App& verb, const Program& program) {
  auto option = EvaluationOption::add(verb);
  auto kid = std::make_shared<metrics::KidOptions>();
  auto kernel = std::make_shared<std::string>("polynomial");
  verb.footer(
      std::string(
          "examples\n"
          "  pushforward kid fashion-mnist:test runs/dcgan\n"
          "  pushforward kid real/ fake/ --features inception --subsets 50\n"
          "  pushforward kid real/ fake/ --features clip.pt --convention clip --kernel gaussian\n\n"
          "The squared maximum mean discrepancy with the kernel (xᵀy/d + 1)³, unbiased: it does not\n"
          "depend on how many samples there are, and may be negative. --kernel gaussian is CMMD: a\n"
          "thousand times that with the kernel exp(−‖x − y‖²/200), of features divided by their length,\n"
          "over all pairs; published values are of CLIP ViT-L/14@336, by the convention clip.\n") +
      EvaluationOption::about);
  verb.add_option("--kernel", *kernel, "Which kernel: polynomial (KID) or gaussian (CMMD)")
      ->check(one_of({"polynomial", "gaussian"}))
      ->capture_default_str();
  verb.add_option("--subsets", kid->subsets, "Random subsets that are averaged")
      ->check(between(2, 100'000))
      ->capture_default_str();
  verb.add_option("--subset-size", kid->subset_size,
                  "Samples of either side in each (fewer where there are fewer)")
      ->check(between(2, 1'000'000))
      ->capture_default_str();
  verb.callback([=, &verb, &program] {
    const bool gaussian = *kernel == "gaussian";
    for (const auto* name : {"--subsets", "--subset-size"})
      if (gaussian && verb.count(name) > 0)
        throw usage("{} is for the polynomial kernel: the Gaussian one is taken over all pairs", name);
    const auto sides = option->load();
    kid->seed = option->options.seed;
    const auto value = gaussian ? evaluation::measure_cmmd(sides[0], sides[1], option->options.seed)
                                : evaluation::measure_kid(sides[0], sides[1], *kid);
    const evaluation::Evaluation found{.sides = sides, .values = {value}, .seed = kid->seed};
    program.print({to_table(found)}, to_json(found));
  });
}

}  // namespace pushforward::cli
