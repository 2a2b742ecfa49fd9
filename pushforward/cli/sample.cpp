#include "pushforward/cli/checks.h"
#include "pushforward/cli/run_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/models/latents.h"
#include "pushforward/runs/gallery.h"

namespace pushforward::cli {
namespace {

constexpr int walk_steps = 10;

struct Arguments {
  std::int64_t n = 64;
  std::int64_t seed = 0;
  std::int64_t interpolate = 0;
  std::vector<double> temperatures{1};
  bool batch_statistics = false;
  std::optional<std::int64_t> label;
  std::string latent, out;

  /// Of the picture, where rows belong together.
  int columns() const {
    if (interpolate > 0) return walk_steps;
    return temperatures.size() > 1 ? static_cast<int>(n) : 0;
  }
};

at::Tensor draw(const Arguments& a, const models::Run& run) {
  const auto seed = static_cast<std::uint64_t>(a.seed);
  const auto& sampler = models::expect_sampler(run.model);
  models::SampleOptions options{.temperature = a.temperatures.front(),
                                .batch_statistics = a.batch_statistics};
  if (a.label) options.labels = at::full({1}, *a.label, at::kLong);
  if (a.temperatures.size() > 1 && (a.interpolate > 0 || !a.latent.empty()))
    throw usage("sample: several temperatures are for samples, not for --interpolate or --latent");
  if (a.interpolate > 0)
    return runs::interpolate(run, a.interpolate, walk_steps, nn::generator(stream_key(seed, "interpolation")),
                             options);
  if (!a.latent.empty())
    return sampler.decode_all(models::read_latents(a.latent, sampler.latent_size), options);
  return runs::at_temperatures(run, a.temperatures, a.n, nn::generator(stream_key(seed, "sample")), options);
}

}  // namespace

void add_sample(CLI::App& verb, const Program& program) {
  auto run_option = RunOption::add(verb);
  auto a = std::make_shared<Arguments>();
  verb.footer(
      "examples\n"
      "  pushforward sample runs/realnvp -n 64 --out grid.png\n"
      "  pushforward sample runs/realnvp -n 10000 --temperature 0.7 --out samples.npy\n"
      "  pushforward sample runs/multiscale -n 10000 --precision auto --out samples.npy\n"
      "  pushforward sample runs/realnvp -n 10 --temperature 0.5,0.7,1 --out rows.png\n"
      "  pushforward sample runs/realnvp --latent z.npy --out samples.npy     maps given latents [n, D]\n"
      "  pushforward sample runs/conditional --label 3 --out dresses.png\n"
      "  pushforward sample runs/conditional -n 100 --out classes.png         ten classes, a column each\n"
      "  pushforward sample runs/dcgan --interpolate 8 --out walks.png\n"
      "  pushforward sample runs/dcgan -n 25 --batch-statistics --out grid.png\n");
  verb.add_option("-n", a->n, "How many")->check(between(1, 10'000'000))->capture_default_str();
  verb.add_option("--seed", a->seed, "Seed of the latents")->check(at_least(0))->capture_default_str();
  verb.add_option("--temperature", a->temperatures,
                  "Standard deviation of the latents; of several, n samples each, a row of the same latents")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(between_numbers(0, 100))
      ->default_str("1");
  verb.add_option("--latent", a->latent,
                  "Latents to map, .npy [n, D] or [n, D, 1, 1], instead of random ones");
  verb.add_option("--label", a->label,
                  "Class of all samples of a conditional model (default: every class in turn)")
      ->check(at_least(0));
  verb.add_option("--interpolate", a->interpolate, "So many walks between two latents, ten steps each")
      ->check(between(1, 100'000))
      ->excludes("--latent");
  verb.add_flag("--batch-statistics", a->batch_statistics,
                "Batch norms use the samples' own statistics instead of training's running ones");
  add_precision(verb);
  verb.add_option("--out", a->out,
                  "grid.png, or samples.npy of float32 [n, C, H, W] (default: RUN/samples/sample.png; of "
                  "points that are not in the plane sample.npy)")
      ->check(ending_in({".png", ".npy"}));
  verb.callback([run_option, a, &program] {
    const auto run = run_option->open();
    at::NoGradGuard no_grad;
    const bool drawable = !run.shape().points() || run.shape().numbers == 2;
    if (!drawable && a->out.ends_with(".png"))
      throw usage("--out {}: a picture is of points in the plane, the run's are of {}: write them to a .npy",
                  a->out, run.shape().text());
    const auto x = draw(*a, run);
    if (a->out.empty()) a->out = (run.folder.samples() / (drawable ? "sample.png" : "sample.npy")).string();
    runs::write_samples(a->out, run, x, a->columns());
    report::Table table{.title = "Sampled",
                        .columns = {{.name = "file", .align = report::Align::kLeft}, {"images"}}};
    table.rows = {{a->out, x.size(0)}};
    const auto bad = models::not_finite(x);
    if (bad > 0)
      table.notes.push_back(fmt::format(
          "{} of them hold numbers that are not finite: look at the run's curves, or lower --temperature",
          bad));
    program.print({table}, {{"file", a->out}, {"images", x.size(0)}, {"not_finite", bad}});
  });
}

}  // namespace pushforward::cli
