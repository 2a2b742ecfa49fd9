#include "pushforward/cli/checks.h"
#include "pushforward/cli/reading_option.h"
#include "pushforward/cli/run_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/evaluation/divergence_study.h"
#include "pushforward/evaluation/sample_source.h"

namespace pushforward::cli {
namespace {

struct DivergenceArguments {
  std::string a, b, out;
  std::int64_t n = evaluation::usual_samples, seed = 0;
  evaluation::DivergenceOptions options;
  data::Reading reading;
};

}  // namespace

void add_divergence(CLI::App& verb, const Program& program) {
  auto a = std::make_shared<DivergenceArguments>();
  std::string kinds = "kinds and their conventions (A is P, B is Q; logarithms are natural)\n";
  std::vector<std::string> names{"all"};
  for (const auto& kind : evaluation::divergence_kinds()) {
    kinds += fmt::format("  {:<12} {}\n", kind.name, kind.convention);
    names.emplace_back(kind.name);
  }
  verb.footer(
      kinds +
      "\nexamples\n"
      "  pushforward divergence two-moons:test samples.npy --out sides.png\n"
      "  pushforward divergence eight-gaussians:test runs/points -n 10000 --kind wasserstein,kl-knn,js\n"
      "  pushforward divergence fashion-mnist:test runs/dcgan -n 5000 --kind sliced,mmd,energy --json\n\n"
      "A and B are DATA (points, a .npy [N, d] or [N], or images as pixels in [0, 1]) or a RUN to draw "
      "from.\n"
      "Intervals are 95 % for sampling error; what each covers is in the headers of pushforward/metrics.\n");
  verb.add_option("A", a->a, "DATA or RUN")->required();
  verb.add_option("B", a->b, "DATA or RUN")->required();
  verb.add_option("--kind", a->options.kinds, "Which, or all that apply to the samples' dimension")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(one_of(names))
      ->capture_default_str();
  verb.add_option("-n", a->n, "Samples of each side: drawn from a run, random ones of a larger set")
      ->check(between(2, 10'000'000))
      ->capture_default_str();
  verb.add_option("--seed", a->seed, "Seed of samples, choices and directions; B is drawn with the next one")
      ->check(at_least(0))
      ->capture_default_str();
  verb.add_option("--most", a->options.most, "Of these, for wasserstein (beyond one dimension) and sinkhorn")
      ->check(between(2, 10'000))
      ->capture_default_str();
  verb.add_option("--bins", a->options.bins, "Of each dimension's histogram (default: 2 n^(1/(d+2)))")
      ->check(between(1, 1'000'000));
  verb.add_option("--neighbours", a->options.neighbours, "Of kl-knn")
      ->check(between(1, 1000))
      ->capture_default_str();
  verb.add_option("--projections", a->options.projections, "Of sliced")
      ->check(between(2, 1'000'000))
      ->capture_default_str();
  verb.add_option("--epsilon", a->options.epsilon, "Of sinkhorn (default: a twentieth of the mean ‖x − y‖²)")
      ->check(above_zero());
  verb.add_option("--bandwidth", a->options.bandwidths,
                  "Of mmd, one or several (default: ¼ to 4 times the median distance)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(above_zero());
  add_precision(verb);
  verb.add_option("--out", a->out, "Draw both sides, of one or two dimensions: sides.png or .svg")
      ->check(ending_in({".png", ".svg"}));
  add_reading(verb, a->reading);
  verb.callback([a, &program] {
    const auto seed = static_cast<std::uint64_t>(a->seed);
    const auto [first, second] = evaluation::load_sides(a->a, a->b, a->n, seed, a->reading);
    std::optional<report::Figure> figure;  // made first, for what it refuses
    if (!a->out.empty()) figure = evaluation::draw_sides(first, second);
    a->options.seed = seed;
    const auto study = evaluation::divergence_study(first, second, a->options);
    if (figure) figure->save(a->out);
    program.print({evaluation::to_table(study)}, evaluation::to_json(study));
  });
}

}  // namespace pushforward::cli
