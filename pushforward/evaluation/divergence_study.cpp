#include "pushforward/evaluation/divergence_study.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/names.h"
#include "pushforward/core/progress.h"
#include "pushforward/evaluation/scatter.h"
#include "pushforward/metrics/content_order.h"
#include "pushforward/metrics/energy_distance.h"
#include "pushforward/metrics/gaussian_divergence.h"
#include "pushforward/metrics/histogram_divergence.h"
#include "pushforward/metrics/maximum_mean_discrepancy.h"
#include "pushforward/metrics/nearest_neighbour_divergence.h"
#include "pushforward/metrics/samples.h"
#include "pushforward/metrics/sinkhorn.h"
#include "pushforward/metrics/wasserstein.h"
#include "pushforward/report/plot.h"

namespace pushforward::evaluation {
namespace {

using metrics::Interval;

/// The measurement in the making.
struct Context {
  const DivergenceOptions& options;
  at::Tensor a, b;            // all samples, float64 [N, D]
  at::Tensor few_a, few_b;    // at most options.most of them
  at::Tensor even_a, even_b;  // as many of both
  std::string kind;
  DivergenceStudy& study;

  std::int64_t dims() const { return a.size(1); }
  void add(const std::string& name, const Interval& value, const std::string& unit, const at::Tensor& from_a,
           const at::Tensor& from_b) {
    study.rows.push_back({kind, name, unit, value, true, from_a.size(0), from_b.size(0)});
  }
  void add_exact(const std::string& name, double value, const std::string& unit) {
    study.rows.push_back({kind, name, unit, {value, value, value}, false, a.size(0), b.size(0)});
  }
  template <typename... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    study.notes.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
};

metrics::BinnedPair binned(const Context& c) {
  return metrics::bin_together(c.a, c.b, c.options.bins);
}

void kl(Context& c) {
  const auto pair = binned(c), turned = pair.swapped();
  c.add("KL(A‖B), histogram", kl_divergence(pair), "nats", c.a, c.b);
  c.add("KL(B‖A), histogram", kl_divergence(turned), "nats", c.a, c.b);
  const double cells = static_cast<double>(pair.p.size());
  c.note(
      "histograms: {} bins a dimension, {} cells in use; alike sets of this size are about {:.2g} nats of KL "
      "apart, {:.2g} of JS",
      pair.bins, pair.p.size(),
      (cells - 1) / 2 * (1 / static_cast<double>(pair.n) + 1 / static_cast<double>(pair.m)),
      (cells - 1) / 8 * (1 / static_cast<double>(pair.n) + 1 / static_cast<double>(pair.m)));
  for (const auto& [side, other, share] :
       {std::tuple("A", "B", pair.outside()), std::tuple("B", "A", turned.outside())})
    if (share > 0)
      c.note("KL({}‖{}) is infinite: {:.3g} % of {} lies in cells without any of {}", side, other,
             100 * share, side, other);
}

void js(Context& c) {
  c.add("JS, histogram", jensen_shannon(binned(c)), "nats", c.a, c.b);
}

void tv(Context& c) {
  c.add("total variation, histogram", total_variation(binned(c)), "", c.a, c.b);
}

void kl_knn(Context& c) {
  const auto k = c.options.neighbours, fewest = std::min(c.a.size(0), c.b.size(0));
  if (k >= fewest) throw usage("--neighbours {}: expected fewer than the samples of a side, {}", k, fewest);
  c.add("KL(A‖B), neighbours", metrics::kl_divergence_by_neighbours(c.a, c.b, k), "nats", c.a, c.b);
  c.add("KL(B‖A), neighbours", metrics::kl_divergence_by_neighbours(c.b, c.a, k), "nats", c.a, c.b);
  if (c.dims() > 10)
    c.note(
        "neighbours: in {} dimensions the estimate of KL is far from converged; compare values, do not read "
        "them as nats",
        c.dims());
}

void wasserstein(Context& c) {
  const bool line = c.dims() == 1;
  const auto& x = line ? c.a : c.even_a;
  const auto& y = line ? c.b : c.even_b;
  for (const int p : {1, 2})
    c.add(fmt::format("W{}, exact", p == 1 ? "₁" : "₂"),
          line ? metrics::wasserstein_1d(x, y, p) : metrics::wasserstein(x, y, p), "", x, y);
  if (!line && x.size(0) < std::max(c.a.size(0), c.b.size(0)))
    c.note("exact Wasserstein: an assignment of {} random samples of each side (--most)", x.size(0));
}

void sliced(Context& c) {
  for (const int p : {1, 2})
    c.add(fmt::format("SW{}, sliced", p == 1 ? "₁" : "₂"),
          metrics::sliced_wasserstein(c.a, c.b,
                                      {.p = p, .projections = c.options.projections, .seed = c.options.seed}),
          "", c.a, c.b);
  if (c.dims() > 1)
    c.note("sliced: {} random directions, whose sampling error alone the interval is", c.options.projections);
}

void sinkhorn(Context& c) {
  const auto found = metrics::sinkhorn_divergence(c.few_a, c.few_b, {.epsilon = c.options.epsilon});
  c.add("Sinkhorn S_ε", found.value, "squared", c.few_a, c.few_b);
  c.note("Sinkhorn: ε = {:.4g}, {} iterations{}", found.epsilon, found.iterations,
         found.converged ? "" : ", not converged: take a larger --epsilon");
}

void mmd(Context& c) {
  auto bandwidths = c.options.bandwidths;
  const auto found = bandwidths.empty() ? metrics::maximum_mean_discrepancy(c.a, c.b)
                                        : metrics::maximum_mean_discrepancy(c.a, c.b, bandwidths);
  c.add("MMD², unbiased", found.unbiased, "squared", c.a, c.b);
  if (bandwidths.empty())
    c.note(
        "MMD: the mean of Gaussian kernels of ¼, ½, 1, 2 and 4 times the median distance, {:.4g}; biased "
        "(over "
        "all pairs) {:.4g}",
        metrics::median_distance(c.a, c.b), found.biased);
  else
    c.note("MMD: Gaussian kernels of bandwidth {:.4g}; biased (over all pairs) {:.4g}",
           fmt::join(bandwidths, ", "), found.biased);
}

void energy(Context& c) {
  const auto found = metrics::energy_distance(c.a, c.b);
  c.add("energy, unbiased", found.unbiased, "", c.a, c.b);
  c.note("energy: biased (over all pairs) {:.4g}", found.biased);
}

void gaussian(Context& c) {
  const auto a = metrics::GaussianStatistics::of(c.a), b = metrics::GaussianStatistics::of(c.b);
  c.add_exact("KL(A‖B), of Gaussians", metrics::kl_divergence(a, b), "nats");
  c.add_exact("KL(B‖A), of Gaussians", metrics::kl_divergence(b, a), "nats");
  c.add_exact("W₂, of Gaussians", metrics::wasserstein_2(a, b), "");
  c.add_exact("Hellinger, of Gaussians", metrics::hellinger_distance(a, b), "");
  if (c.dims() == 1) {
    c.add_exact("JS, of Gaussians", metrics::jensen_shannon(a, b), "nats");
    c.add_exact("total variation, of Gaussians", metrics::total_variation(a, b), "");
  }
  c.note("of Gaussians: closed forms for the normal distributions with the sets' means and covariances");
}

struct Measure {
  DivergenceKind kind;
  std::int64_t most_dims;
  const char* instead;
  void (*measure)(Context&);
};

const std::vector<std::string> everything{"all"};
constexpr std::int64_t any = std::int64_t{1} << 40;
const char* const not_binned = "kl-knn, sliced, mmd or energy";

// A new divergence is one line here.
const std::vector<Measure> measures{
    {{"kl", "Kullback-Leibler, both ways, by a histogram, in nats; infinite where one has no samples"},
     metrics::most_binned_dims,
     not_binned,
     kl},
    {{"kl-knn", "Kullback-Leibler, both ways, by nearest neighbours (Wang et al. 2009), in nats"},
     any,
     "",
     kl_knn},
    {{"js", "Jensen-Shannon, ½ KL(A‖M) + ½ KL(B‖M), by a histogram, in nats: 0 to ln 2, not rooted"},
     metrics::most_binned_dims,
     not_binned,
     js},
    {{"tv", "total variation, ½ Σ |p − q|, by a histogram: 0 to 1"},
     metrics::most_binned_dims,
     not_binned,
     tv},
    {{"wasserstein", "W₁ and W₂, rooted, Euclidean; exact: by sorting in 1-D, else by the best assignment"},
     any,
     "",
     wasserstein},
    {{"sliced", "W₁ and W₂ of projections, averaged over directions as powers, then rooted"},
     any,
     "",
     sliced},
    {{"sinkhorn", "entropic transport of cost ‖x − y‖² (no half), debiased, not rooted: W₂² as ε → 0"},
     any,
     "",
     sinkhorn},
    {{"mmd",
      "maximum mean discrepancy, squared, Gaussian kernels exp(−‖x − y‖²/2h²); unbiased, so maybe < 0"},
     any,
     "",
     mmd},
    {{"energy", "2 E‖X − Y‖ − E‖X − X'‖ − E‖Y − Y'‖, not rooted; unbiased, so maybe < 0"}, any, "", energy},
    {{"gaussian", "KL, W₂, Hellinger (rooted; in 1-D also JS, TV) of Gaussians with the sets' moments"},
     any,
     "",
     gaussian},
};

/// The kinds asked for, in the table's order.
std::vector<const Measure*> choose(const std::vector<std::string>& names, std::int64_t dims) {
  const bool all = names == everything;
  std::vector<std::string> known;
  for (const auto& measure : measures) known.emplace_back(measure.kind.name);
  for (const auto& name : names)
    if (!all && std::find(known.begin(), known.end(), name) == known.end())
      throw usage("--kind {}: unknown, expected all or some of {}{}", name, fmt::join(known, ", "),
                  did_you_mean(name, known));
  std::vector<const Measure*> chosen;
  for (const auto& measure : measures) {
    const bool named = std::find(names.begin(), names.end(), measure.kind.name) != names.end();
    if (named && dims > measure.most_dims)
      throw usage(
          "--kind {}: a histogram of {} dimensions has more cells than there are samples, it takes up to "
          "{}: use {}",
          measure.kind.name, dims, measure.most_dims, measure.instead);
    if (named || (all && dims <= measure.most_dims)) chosen.push_back(&measure);
  }
  return chosen;
}

/// Points as they are, images as numbers in [0, 1]: float64 [N, D].
at::Tensor numbers(const models::Examples& set) {
  const auto flat = metrics::as_samples(set.name.c_str(), set.values, 2);
  return set.shape.points() ? flat : flat / 255;
}

/// A random n, or all where there are no more.
at::Tensor some(const at::Tensor& rows, std::int64_t n, std::uint64_t seed, const char* side) {
  if (n >= rows.size(0)) return rows;
  return metrics::in_content_order(rows, seed, side).narrow(0, 0, n);
}

std::string figures(double value) {
  return std::isinf(value) ? (value > 0 ? "∞" : "−∞") : fmt::format("{:.4g}", value);
}

report::Cell cell(double value) {
  report::Cell made(figures(value));
  made.value = finite_or_null(value);
  return made;
}

std::vector<double> column(const at::Tensor& points) {
  const auto values = points.to(at::kDouble).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

}  // namespace

const std::vector<DivergenceKind>& divergence_kinds() {
  static const auto kinds = [] {
    std::vector<DivergenceKind> list;
    for (const auto& measure : measures) list.push_back(measure.kind);
    return list;
  }();
  return kinds;
}

DivergenceStudy divergence_study(const models::Examples& a, const models::Examples& b,
                                 const DivergenceOptions& options) {
  DivergenceStudy study{.a = a.name, .b = b.name, .rows = {}, .notes = {}};
  const bool all = options.kinds == everything;
  const auto chosen = choose(options.kinds, a.shape.dims());
  const auto x = numbers(a), y = numbers(b);
  study.dims = x.size(1);
  study.n_a = x.size(0);
  study.n_b = y.size(0);
  const auto even = std::min({options.most, study.n_a, study.n_b});
  Context context{.options = options,
                  .a = x,
                  .b = y,
                  .few_a = some(x, options.most, options.seed, "divergence.a"),
                  .few_b = some(y, options.most, options.seed, "divergence.b"),
                  .even_a = some(x, even, options.seed, "divergence.a"),
                  .even_b = some(y, even, options.seed, "divergence.b"),
                  .kind = "",
                  .study = study};
  Progress progress("divergence", std::ssize(chosen), "kinds");
  for (const auto* measure : chosen) {
    stop_if_interrupted("measuring");
    context.kind = measure->kind.name;
    try {
      measure->measure(context);
    } catch (const Error& error) {
      if (!all || interrupted()) throw;
      context.note("no {}: {}", context.kind, error.what());
    }
    progress.advance(1);
  }
  return study;
}

report::Table to_table(const DivergenceStudy& study) {
  report::Table table{.title = fmt::format("A: {}, {} samples · B: {}, {} samples · {} dimensions", study.a,
                                           study.n_a, study.b, study.n_b, study.dims),
                      .columns = {{.name = "divergence", .align = report::Align::kLeft},
                                  {"value"},
                                  {.name = "unit", .align = report::Align::kLeft},
                                  {"low 95 %"},
                                  {"high 95 %"},
                                  {"n of A"},
                                  {"n of B"}},
                      .rows = {},
                      .notes = study.notes};
  for (const auto& row : study.rows) {
    const bool interval = row.has_interval && std::isfinite(row.value.value);
    table.rows.push_back({row.name, cell(row.value.value), row.unit,
                          interval ? cell(row.value.low) : report::Cell(),
                          interval ? cell(row.value.high) : report::Cell(), row.n_a, row.n_b});
  }
  return table;
}

Json to_json(const DivergenceStudy& study) {
  Json rows = Json::array();
  for (const auto& row : study.rows) {
    const bool interval = row.has_interval && std::isfinite(row.value.value);
    rows.push_back({{"kind", row.kind},
                    {"name", row.name},
                    {"value", finite_or_null(row.value.value)},
                    {"infinite", std::isinf(row.value.value)},
                    {"low95", interval ? finite_or_null(row.value.low) : Json(nullptr)},
                    {"high95", interval ? finite_or_null(row.value.high) : Json(nullptr)},
                    {"unit", row.unit},
                    {"n_a", row.n_a},
                    {"n_b", row.n_b}});
  }
  return {{"a", study.a},     {"b", study.b},        {"dims", study.dims},  {"n_a", study.n_a},
          {"n_b", study.n_b}, {"divergences", rows}, {"notes", study.notes}};
}

report::Figure draw_sides(const models::Examples& a, const models::Examples& b) {
  if (!a.shape.points() || a.shape.numbers > 2)
    throw usage("--out draws points of one or two numbers, found {}", a.text());
  if (a.shape.numbers == 2) return scatter(a, b.values, b.name);
  return report::draw(
      report::HistogramPlot{.title = "Samples",
                            .x_label = "x",
                            .samples = {{a.name, column(a.values)}, {b.name, column(b.values)}}});
}

}  // namespace pushforward::evaluation
