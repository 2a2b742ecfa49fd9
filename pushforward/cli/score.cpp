#include "pushforward/cli/checks.h"
#include "pushforward/cli/run_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/runs/codecs.h"
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
      "  pushforward score runs/conditional --data fashion-mnist:test     also by label, and the accuracy\n"
      "  pushforward score runs/realnvp --data fashion-mnist:test --codecs\n");
  verb.add_option("--data", *spec, "Images to score")->required();
  verb.add_option("--out", *out,
                  "A line or number per image: scores.csv, or scores.npy of float64 [N]; of a conditional "
                  "model [N, 1 + classes], log p(x) and each p(y | x)")
      ->check(ending_in({".csv", ".npy"}));
  add_precision(verb);
  auto codecs = std::make_shared<bool>(false);
  verb.add_flag("--codecs", *codecs,
                "Also the bits/dim of zlib, PNG, WebP and LZMA: a compressor is a density model too");
  verb.callback([=, &program] {
    const auto run = run_option->open();
    if (*codecs && run.shape().points())
      throw usage("--codecs: compressors take images, the data are points");
    const auto scores = runs::score(run, *spec);
    if (!out->empty()) runs::write_scores(*out, scores);
    auto tables = to_tables(scores);
    auto document = to_json(scores);
    if (*codecs) {
      const auto rates = runs::codec_rates(run.load(*spec));
      const auto same = std::span(scores.log_prob).first(static_cast<std::size_t>(rates.images));
      tables.push_back(to_table(rates, *spec, run.model.name, scores.bits_per_dim(metrics::mean_of(same))));
      document["codecs"] = to_json(rates);
    }
    program.print(tables, document);
  });
}

}  // namespace pushforward::cli
