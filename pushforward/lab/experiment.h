// Claims of the theory, each measured.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pushforward/core/json.h"
#include "pushforward/report/animation.h"
#include "pushforward/report/figure.h"
#include "pushforward/report/grid.h"
#include "pushforward/report/html.h"
#include "pushforward/report/plot.h"
#include "pushforward/report/table.h"
#include "pushforward/report/texts.h"

namespace pushforward::lab {

/// A measured number beside what the formula says.
struct Check {
  enum class Relation { equal, at_most, at_least };

  std::string what;
  double measured = 0, expected = 0;
  double error = 0;  // by which they may differ
  Relation relation = Relation::equal;
  std::string name = {};  // the same in every language, of a check that the study's claims ask for

  bool holds() const;
};

/// From the half-width of a 95 % interval to 3.3 standard errors: one check in a thousand fails by chance.
inline constexpr double beyond_chance = 3.3 / 1.96;

struct Findings {
  struct Plot {
    std::string file;  // "error", of error.png
    report::Figure figure;
    std::string caption;
  };
  struct Picture {
    std::string file;
    report::Image image;
    std::string alt, caption;
  };
  struct Film {
    std::string file;
    report::Animation film;
    std::string alt, caption;
  };

  std::vector<Check> checks;
  std::string scale = {};  // what was trained and on how many images, where a formula alone is not all
  std::vector<report::Table> tables = {};
  std::vector<Plot> plots = {};
  std::vector<Picture> pictures = {};
  std::vector<Film> films = {};
  std::map<std::string, double> values = {};  // for other programs, by the same names in every language

  /// Whether the claim agrees with every number.
  bool agree() const;
};

struct Options {
  std::uint64_t seed = 0;
  bool quick = false;  // shorter trainings, fewer draws: wider intervals
};

/// What an experiment is given: options, and its own part of the texts.
class Setting {
 public:
  Setting(const Options& given, const report::Texts& texts, std::string experiment)
      : options(given), texts_(texts), experiment_(std::move(experiment)) {}

  /// The sentence `key` of this experiment, filled in.
  template <typename... Args>
  std::string operator()(std::string_view key, const Args&... args) const {
    return texts_("lab." + experiment_ + "." + std::string(key), args...);
  }
  /// A plot whose own words are of the document's language.
  template <typename Plot>
  report::Figure draw(const Plot& plot) const {
    return report::draw(plot, texts_);
  }
  /// A seed for a purpose of this experiment.
  std::uint64_t seed(std::string_view purpose, std::uint64_t number = 0) const;

  const Options options;

 private:
  const report::Texts& texts_;
  std::string experiment_;
};

/// A row of the table experiments.inc. What it says stands in the texts under "lab.NAME": title, claim,
/// derivation.
struct Experiment {
  std::string name;
  double seconds, quick_seconds;  // on two cores
  Findings (*run)(const Setting& setting);
};

const std::vector<Experiment>& experiments();

/// The one of that name. Throws UsageError that lists the names.
const Experiment& experiment(std::string_view name);

Findings run(const Experiment& experiment, const Options& options, const report::Texts& texts);

/// Checks as a table: what, measured, formula, whether they agree.
report::Table to_table(const std::vector<Check>& checks, const report::Texts& texts);
/// {"experiment", "seed", "quick", "agrees", "values": {…}, "checks": […], "tables": […]}
Json to_json(const Experiment& experiment, const Options& options, const Findings& findings);
/// Appends what an experiment says, below a heading of the caller's: its claim, derivation, scale, checks,
/// plots and tables.
void append(report::HtmlReport& page, const Experiment& experiment, const Findings& findings,
            const report::Texts& texts);

}  // namespace pushforward::lab
