#include "pushforward/cli/checks.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/lab/experiment.h"

namespace pushforward::cli {
namespace {

struct LabArguments {
  std::vector<std::string> names;
  std::filesystem::path out = "lab";
  std::string language = "en";
  std::uint64_t seed = 0;
  bool quick = false;
};

double seconds_of(const lab::Experiment& one, bool quick) {
  return quick ? one.quick_seconds : one.seconds;
}

void list(const Program& program, const report::Texts& texts) {
  report::Table table{.title = "Experiments",
                      .columns = {{.name = "experiment", .align = report::Align::kLeft},
                                  {.name = "title", .align = report::Align::kLeft},
                                  {"time", "s"},
                                  {"quick", "s"}}};
  for (const auto& one : lab::experiments())
    table.rows.push_back(
        {one.name, texts(fmt::format("lab.{}.title", one.name)), {one.seconds, 0}, {one.quick_seconds, 0}});
  program.print({table}, to_json(table));
}

std::vector<const lab::Experiment*> chosen(const std::vector<std::string>& names) {
  std::vector<const lab::Experiment*> all;
  for (const auto& name : names) {
    if (name != "all") {
      all.push_back(&lab::experiment(name));
      continue;
    }
    for (const auto& one : lab::experiments()) all.push_back(&one);
  }
  return all;
}

/// Runs one, writes its folder and returns its line of the table.
std::vector<report::Cell> run_one(const lab::Experiment& one, const LabArguments& a,
                                  const report::Texts& texts, Json& document) {
  say("{}: about {:.0f} s", one.name, seconds_of(one, a.quick));
  const auto folder = a.out / one.name;
  std::filesystem::create_directories(folder);  // before the work, which would be lost without it
  const lab::Options options{.seed = a.seed, .quick = a.quick};
  const auto found = lab::run(one, options, texts);
  for (const auto& plot : found.plots) plot.figure.save(folder / (plot.file + ".png"));
  for (const auto& picture : found.pictures)
    report::write_png(folder / (picture.file + ".png"), picture.image);
  for (const auto& film : found.films) film.film.write(folder / (film.file + ".webp"));
  const auto result = lab::to_json(one, options, found);
  write_file(folder / "result.json", to_text(result, 2) + "\n");
  report::HtmlReport page(texts("lab.title"), "", texts);
  page.section(texts(fmt::format("lab.{}.title", one.name)));
  lab::append(page, one, found, texts);
  page.write(folder / "report.html");
  document.push_back(result);
  const auto agreeing = std::ranges::count_if(found.checks, &lab::Check::holds);
  return {one.name, found.agree(), fmt::format("{} of {}", agreeing, found.checks.size()),
          (folder / "report.html").string()};
}

}  // namespace

void add_lab(CLI::App& verb, const Program& program) {
  auto a = std::make_shared<LabArguments>();
  verb.footer(
      "examples\n"
      "  pushforward lab                              the experiments, a line each\n"
      "  pushforward lab contraction vanishing-gradient\n"
      "  pushforward lab all --quick --out lab\n"
      "  pushforward lab distances --seed 7 --json | jq .[0].agrees\n"
      "  pushforward lab fid --language fa            its report in Persian\n\n"
      "Each writes OUT/EXPERIMENT: report.html with its claim, derivation, numbers and plots, result.json,\n"
      "and the plots by themselves.\n");
  verb.add_option("EXPERIMENT", a->names, "Which, or all (default: lists them)");
  verb.add_option("--out", a->out, "Folder for what is found")->check(a_name())->capture_default_str();
  verb.add_option("--seed", a->seed, "Seed of every draw")->check(at_least(0))->capture_default_str();
  verb.add_flag("--quick", a->quick, "Shorter trainings and fewer draws: wider intervals");
  verb.add_option("--language", a->language, "Of the documents")
      ->check(one_of(report::Texts::languages()))
      ->capture_default_str();
  verb.callback([a, &program] {
    const auto& texts = report::Texts::of(a->language);
    if (a->names.empty()) return list(program, texts);
    report::Table table{.title = "Lab",
                        .columns = {{.name = "experiment", .align = report::Align::kLeft},
                                    {"agrees"},
                                    {"numbers that do"},
                                    {.name = "report", .align = report::Align::kLeft}}};
    Json document = Json::array();
    try {
      for (const auto* one : chosen(a->names)) {
        if (interrupted()) break;
        table.rows.push_back(run_one(*one, *a, texts, document));
      }
    } catch (const Interrupted&) {  // said below, once what is done has been shown
    }
    program.print({table}, document);
    if (interrupted()) throw Interrupted("interrupted; what the table has is in " + a->out.string());
  });
}

}  // namespace pushforward::cli
