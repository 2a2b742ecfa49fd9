#include "pushforward/cli/checks.h"
#include "pushforward/cli/evaluation_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/evaluation/class_fid.h"
#include "pushforward/evaluation/statistics.h"

namespace pushforward::cli {
namespace {

void print_saved(const Program& program, const evaluation::Side& side, const std::string& path) {
  const auto left = report::Align::kLeft;
  report::Table table{
      .title = "Statistics",
      .columns = {{"file", "", left}, {"of", "", left}, {"samples"}, {"dimensions"}, {"features", "", left}}};
  table.rows = {{path, side.name, side.count > 0 ? report::Cell(side.count) : report::Cell(), side.dims,
                 side.extractor}};
  program.print({table}, {{"file", path},
                          {"of", side.name},
                          {"n", evaluation::count_json(side)},
                          {"dims", side.dims},
                          {"extractor", side.extractor}});
}

}  // namespace

void add_fid(CLI::App& verb, const Program& program) {
  auto option = EvaluationOption::add(verb);
  verb.get_option("A")->description(verb.get_option("A")->get_description() + ", saved statistics");
  verb.get_option("B")->required(false);
  auto infinity = std::make_shared<bool>(false);
  auto by_class = std::make_shared<bool>(false);
  auto curve = std::make_shared<std::string>();
  auto statistics = std::make_shared<std::string>();
  verb.footer(
      std::string(
          "examples\n"
          "  pushforward fid fashion-mnist:test runs/dcgan\n"
          "  pushforward fid real/ fake/ --features inception\n"
          "  pushforward fid real/ fake/ --features dinov2.pt --convention dinov2\n"
          "  pushforward fid fashion-mnist:test runs/dcgan --infinity --curve curve.png\n"
          "  pushforward fid fashion-mnist --save-statistics real.safetensors\n"
          "  pushforward fid real/ fake/ --by-class                     folders of classes, named alike\n"
          "  pushforward fid real.safetensors runs/dcgan\n"
          "  pushforward fid real.npz fake/ --features inception        statistics of pytorch-fid or "
          "clean-fid\n"
          "  pushforward fid real.npy fake.npy                          features [N, d]\n\n"
          "The squared 2-Wasserstein distance of the Gaussians with the features' means and covariances.\n"
          "It is biased upwards by about c/N: compare values of the same N, or FID∞.\n") +
      EvaluationOption::about);
  verb.add_flag("--infinity", *infinity, "Also FID∞, extrapolated to infinitely many samples");
  verb.add_option("--curve", *curve, "Draw FID over the number of samples: curve.png or .svg")
      ->check(ending_in({".png", ".svg"}));
  verb.add_flag("--by-class", *by_class, "Also FID of every class, of sets that have labels on both sides");
  verb.add_option("--save-statistics", *statistics, "Keep A's mean and covariance in this file")
      ->check(ending_in({".safetensors", ".npz"}));
  verb.callback([=, &program] {
    if (option->b.empty() && statistics->empty())
      throw usage("B is required: what is A to be compared with? (or --save-statistics FILE)");
    if (option->b.empty()) {
      const auto side = option->open().load(option->a, 0, false);
      evaluation::save_statistics(*statistics, side);
      return print_saved(program, side, *statistics);
    }
    const auto seed = option->options.seed;
    const auto sides = option->load();
    if (!statistics->empty()) evaluation::save_statistics(*statistics, sides[0]);
    evaluation::Evaluation found{
        .sides = sides, .values = {evaluation::measure_fid(sides[0], sides[1])}, .seed = seed};
    if (*infinity) found.values.push_back(evaluation::measure_fid_infinity(sides[0], sides[1], seed));
    if (!curve->empty()) {
      evaluation::fid_curve(sides[0], sides[1], seed).save(*curve);
      found.notes.push_back("curve: " + *curve);
    }
    std::vector<report::Table> tables{to_table(found)};
    auto document = to_json(found);
    if (*by_class) {
      const auto classes = evaluation::fid_by_class(sides[0], sides[1]);
      tables.push_back(to_table(classes));
      document["by_class"] = to_json(classes);
    }
    program.print(tables, std::move(document));
  });
}

}  // namespace pushforward::cli
