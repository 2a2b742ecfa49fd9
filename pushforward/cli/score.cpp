#include "pushforward/cli/checks.h"
#include "pushforward/cli/run_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/data/npy.h"
#include "pushforward/metrics/likelihood.h"
#include "pushforward/metrics/summary.h"

namespace pushforward::cli {
namespace {

void write(const std::string& out, const std::vector<double>& log_prob, bool dequantized, std::int64_t dims) {
  if (std::filesystem::path(out).extension() == ".npy") {
    data::write_npy(out, data::NpyArray::of<double>({std::ssize(log_prob)}, log_prob));
  } else {
    std::string text = dequantized ? "image,log_prob_nats,bits_per_dim\n" : "image,log_prob_nats\n";
    for (std::size_t i = 0; i < log_prob.size(); ++i)
      text += dequantized
                  ? fmt::format("{},{},{}\n", i, log_prob[i], metrics::bits_per_dim(log_prob[i], dims))
                  : fmt::format("{},{}\n", i, log_prob[i]);
    write_file(out, text);
  }
}

}  // namespace

void add_score(CLI::App& verb, const Program& program) {
  auto run_option = RunOption::add(verb);
  auto spec = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>();
  verb.footer(
      "examples\n"
      "  pushforward score runs/realnvp --data fashion-mnist:test\n"
      "  pushforward score runs/realnvp --data photos/ --out scores.csv\n");
  verb.add_option("--data", *spec, "Images to score")->required();
  verb.add_option("--out", *out, "A line or number per image: scores.csv, or scores.npy of float64 [N]")
      ->check(ending_in({".csv", ".npy"}));
  verb.callback([=, &program] {
    const auto run = run_option->open();
    const auto& likelihood = models::expect_density(run.model).likelihood;
    const auto dims = likelihood.dims;
    const bool dequantized = likelihood.dequantized;
    const auto log_prob = run.model.outputs.log_prob(run.load(*spec));
    if (!out->empty()) write(*out, log_prob, dequantized, dims);

    const auto s = metrics::summarize(log_prob);
    const auto mean = metrics::mean_interval(log_prob);
    report::Table table{.title = "Log-likelihood of " + *spec,
                        .columns = {{"images"},
                                    {"mean", "nats"},
                                    {"sd", "nats"},
                                    {"median", "nats"},
                                    {"min", "nats"},
                                    {"max", "nats"}}};
    table.rows.push_back({s.count,
                          report::Cell::interval(s.mean, mean.half_width95(), 2),
                          {s.sd, 2},
                          {s.median, 2},
                          {s.min, 2},
                          {s.max, 2}});
    Json document{{"data", *spec},
                  {"of", likelihood.of},
                  {"images", s.count},
                  {"non_finite", s.non_finite},
                  {"mean", finite_or_null(s.mean)},
                  {"half_width95", finite_or_null(mean.half_width95())},
                  {"sd", finite_or_null(s.sd)},
                  {"median", finite_or_null(s.median)},
                  {"min", finite_or_null(s.min)},
                  {"max", finite_or_null(s.max)}};
    if (dequantized) {
      table.columns.push_back({"bits/dim"});
      table.rows[0].emplace_back(metrics::bits_per_dim(s.mean, dims), 4);
      document["bits_per_dim"] = metrics::bits_per_dim(s.mean, dims);
    } else {
      table.notes.push_back(likelihood.reason());
      document["bits_per_dim"] = nullptr;
    }
    if (s.non_finite > 0)
      table.notes.push_back(
          fmt::format("{} of {} log-likelihoods are not finite and are left out", s.non_finite, s.count));
    program.print({table}, document);
  });
}

}  // namespace pushforward::cli
