#include "pushforward/runs/turing.h"

#include "pushforward/cli/checks.h"
#include "pushforward/cli/run_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/file.h"

namespace pushforward::cli {
namespace {

struct TuringArguments {
  std::string data, out, language = "en";
  std::int64_t n = 40, seed = 0;
};

}  // namespace

void add_turing(CLI::App& verb, const Program& program) {
  auto run_option = RunOption::add(verb);
  auto a = std::make_shared<TuringArguments>();
  verb.footer(
      "examples\n"
      "  pushforward turing runs/dcgan\n"
      "  pushforward turing runs/autoregressive --data fashion-mnist:test -n 100 --out turing.html\n"
      "  pushforward turing runs/glow --language fa\n\n"
      "Open the page in a browser: it shows the images one by one, keeps your score with its interval, "
      "names\n"
      "what fooled you and saves your answers. It needs no network.\n");
  verb.add_option("--data", a->data, "DATA of the real images (default: what the run held out)");
  verb.add_option("-n", a->n, "Images, half of them real")->check(between(2, 2'000))->capture_default_str();
  verb.add_option("--seed", a->seed, "Seed of samples, choice and order")
      ->check(at_least(0))
      ->capture_default_str();
  add_precision(verb);
  verb.add_option("--out", a->out, "The page (default: RUN/turing.html)")->check(ending_in({".html"}));
  verb.add_option("--language", a->language, "Of the page")
      ->check(one_of(report::Texts::languages()))
      ->capture_default_str();
  verb.callback([run_option, a, &program] {
    const auto run = run_option->open();
    const at::NoGradGuard no_grad;
    const auto& language = report::Texts::of(a->language);
    const auto real = a->data.empty() ? runs::real_images(run, language) : run.examples(a->data);
    const auto test = runs::turing_test(run, real, a->n, static_cast<std::uint64_t>(a->seed), language);
    const auto out = a->out.empty() ? runs::turing_file(run).string() : a->out;
    write_file(out, report::turing_page(test, language));
    report::Table table{.title = "Visual Turing test",
                        .columns = {{.name = "file", .align = report::Align::kLeft}, {"images"}}};
    table.rows = {{out, a->n}};
    program.print({table}, {{"file", out}, {"images", a->n}});
  });
}

}  // namespace pushforward::cli
