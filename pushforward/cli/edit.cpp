#include "pushforward/cli/checks.h"
#include "pushforward/cli/run_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/models/edits.h"
#include "pushforward/runs/gallery.h"

namespace pushforward::cli {
namespace {

struct EditArguments {
  bool walk = false, complete = false;
  std::string classes, data, out;
  std::int64_t n = 8, columns = 10, seed = 0;
  double temperature = 1;

  const char* what() const { return walk ? "walk" : complete ? "complete" : "classes"; }
};

/// "9:7" → {9, 7}.
std::pair<std::int64_t, std::int64_t> two_classes(const std::string& text) {
  std::int64_t from = 0, to = 0;
  const auto colon = text.find(':');
  if (colon == std::string::npos || !CLI::detail::lexical_cast(text.substr(0, colon), from) ||
      !CLI::detail::lexical_cast(text.substr(colon + 1), to))
    throw usage("--classes: expected FROM:TO, such as 9:7, or all, found {}", text);
  return {from, to};
}

at::Tensor edited(const EditArguments& a, const models::Run& run) {
  if (int{a.walk} + int{a.complete} + int{!a.classes.empty()} != 1)
    throw usage("edit: expected one of --walk, --complete and --classes");
  models::expect_density(run.model);
  const auto seed = static_cast<std::uint64_t>(a.seed);
  const auto set = runs::shuffled(a.data.empty() ? runs::shown(run).set : run.examples(a.data), seed);
  const auto needed = a.walk ? 2 * a.n : a.n;
  if (a.classes.empty() && set.values.size(0) < needed)
    throw usage("edit -n {}: expected at least {} images, {} has {}", a.n, needed, set.name,
                set.values.size(0));
  if (a.walk)
    return models::walk_between(run.model, models::first(set, a.n), models::slice(set, a.n, needed),
                                a.columns);
  if (a.complete)
    return models::completions(run.model, models::first(set, a.n), a.columns, a.temperature,
                               nn::generator(stream_key(seed, "completion")));
  if (a.classes == "all") return models::moved_to_all(run.model, set);
  const auto [from, to] = two_classes(a.classes);
  return models::moved_to(run.model, set, from, to, a.n, a.columns);
}

}  // namespace

void add_edit(CLI::App& verb, const Program& program) {
  auto run_option = RunOption::add(verb);
  auto a = std::make_shared<EditArguments>();
  verb.footer(
      "examples\n"
      "  pushforward edit runs/glow --walk                         from image to image\n"
      "  pushforward edit runs/glow --classes 9:7 --columns 5      boots on their way to sneakers\n"
      "  pushforward edit runs/glow --classes all                  every class to every class\n"
      "  pushforward edit runs/autoregressive --complete --data mnist:test --out halves.png\n\n"
      "A conditional flow is given the images' labels, on the way the label of the nearer end: those of\n"
      "another set are taken for its own classes by their numbers.\n");
  verb.add_flag("--walk", a->walk, "Walks between pairs of images, along the great circle of their latents");
  verb.add_flag("--complete", a->complete,
                "Completes upper halves, shown behind the image and its half (autoregressive flows)");
  verb.add_option("--classes", a->classes,
                  "Adds to images of class FROM the mean latent of class TO minus that of FROM, in steps; "
                  "or moves an image of every class to all")
      ->type_name("FROM:TO|all");
  verb.add_option("--data", a->data, "The images (default: those that the run held out)");
  verb.add_option("-n", a->n, "Rows: how many images or pairs")
      ->check(between(1, 10'000))
      ->capture_default_str();
  verb.add_option("--columns", a->columns, "Steps, or completions of each half")
      ->check(between(1, 1'000))
      ->capture_default_str();
  verb.add_option("--temperature", a->temperature, "Standard deviation of the latents of completions")
      ->check(between_numbers(0, 100))
      ->capture_default_str();
  verb.add_option("--seed", a->seed, "Seed of the choice of images, and of completions")
      ->check(at_least(0))
      ->capture_default_str();
  add_precision(verb);
  verb.add_option("--out", a->out,
                  "grid.png, or rows.npy of float32 [n, C, H, W], row by row (default: RUN/samples/walk.png, "
                  "complete.png or classes.png)")
      ->check(ending_in({".png", ".npy"}));
  verb.callback([run_option, a, &program] {
    const auto run = run_option->open();
    const at::NoGradGuard no_grad;
    const auto rows = edited(*a, run);
    if (a->out.empty()) a->out = (run.folder.samples() / fmt::format("{}.png", a->what())).string();
    runs::write_samples(a->out, run, rows.flatten(0, 1), static_cast<int>(rows.size(1)));
    report::Table table{.title = "Edited",
                        .columns = {{.name = "file", .align = report::Align::kLeft}, {"rows"}, {"columns"}}};
    table.rows = {{a->out, rows.size(0), rows.size(1)}};
    program.print({table}, {{"file", a->out}, {"rows", rows.size(0)}, {"columns", rows.size(1)}});
  });
}

}  // namespace pushforward::cli
