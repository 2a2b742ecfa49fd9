#include "pushforward/cli/evaluation_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"

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
    const auto &real = sides[0], &fake = sides[1];
    const auto seed = option->options.seed;
    evaluation::Evaluation found{
        .sides = sides, .values = {evaluation::measure_fid(real, fake)}, .seed = seed};
    // What these sets are too small for, or do not have, is said, and the rest is measured.
    const auto attempt = [&found](const char* name,
                                  const std::function<std::vector<evaluation::Measured>()>& measure) {
      try {
        for (auto& measured : measure()) found.values.push_back(std::move(measured));
      } catch (const Interrupted&) {
        throw;
      } catch (const Error& error) {
        found.notes.push_back(fmt::format("no {}: {}", name, error.what()));
      }
    };
    using Values = std::vector<evaluation::Measured>;
    attempt("FID∞", [&] { return Values{evaluation::measure_fid_infinity(real, fake, seed)}; });
    attempt("KID", [&] { return Values{evaluation::measure_kid(real, fake, {.seed = seed})}; });
    attempt("precision and recall", [&] { return evaluation::measure_prdc(real, fake, 5); });
    attempt("Inception Score", [&] { return Values{evaluation::measure_inception_score(fake, 10)}; });
    program.print({to_table(found)}, to_json(found));
  });
}

}  // namespace pushforward::cli
