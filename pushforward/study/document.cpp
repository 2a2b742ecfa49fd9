#include "pushforward/study/document.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "pushforward/core/config.h"
#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/lab/experiment.h"
#include "pushforward/models/settings.h"
#include "pushforward/ops/precision.h"
#include "pushforward/report/machine.h"
#include "pushforward/study/study.h"
#include "pushforward/version.h"

namespace pushforward::study {
namespace {

/// The steps of the lab are called "lab-EXPERIMENT".
constexpr std::string_view lab_prefix = "lab-";

std::string name_of(Answer answer) {
  switch (answer) {
    case Answer::confirmed:
      return "confirmed";
    case Answer::refuted:
      return "refuted";
    case Answer::untestable:
      return "untestable";
  }
  return "";
}

/// What a check of the lab measured, beside what was expected of it.
std::string sentence_of(const Document& document, const Json& check) {
  const auto number = [&](const char* key) {
    const auto& value = check.at(key);
    return value.is_number() ? fmt::format("{:.3g}", value.get<double>()) : value.get<std::string>();
  };
  const auto relation = check.at("relation").get<std::string>();
  const auto* sign = relation == "equal" ? "=" : relation == "at most" ? "≤" : "≥";
  return document("claims.check_evidence", check.at("what").get<std::string>(), number("measured"), sign,
                  number("formula"));
}

/// Which steps a chapter needs and did not get, with what went wrong.
std::vector<std::string> lacks(const Document& document, const Chapter& chapter,
                               const std::vector<Outcome>& outcomes) {
  std::vector<std::string> all;
  for (const auto& need : chapter.needs) {
    const auto found = std::ranges::find(outcomes, need, &Outcome::step);
    if (found == outcomes.end())
      all.push_back(document("page.not_done", need));
    else if (!found->error.empty())
      all.push_back(document("page.failed", need, found->error));
  }
  return all;
}

void write_chapter(Document& document, const Chapter& chapter, const std::vector<Outcome>& outcomes) {
  document.page.section(fmt::format("{}. {}", ++document.chapter, document("chapters." + chapter.name)));
  if (const auto missing = lacks(document, chapter, outcomes); !missing.empty()) {
    document.page.bullets(missing);
    return;
  }
  try {
    chapter.write(document);
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& failure) {
    document.page.paragraph(document("page.failed", chapter.name, failure.what()));
  }
}

report::Table answers(const Document& document) {
  report::Table table{.title = document("claims.title"),
                      .columns = {{.name = document("claims.claim"), .align = report::Align::kLeft},
                                  {.name = document("claims.answer"), .align = report::Align::kLeft},
                                  {.name = document("claims.evidence"), .align = report::Align::kLeft},
                                  {document("claims.chapter")}}};
  for (const auto& claim : document.claims())
    table.rows.push_back({document("claims." + claim.key), document("claims." + name_of(claim.answer)),
                          claim.evidence, claim.chapter});
  return table;
}

report::Table times(const Document& document, const std::vector<Outcome>& outcomes,
                    const std::vector<Step>& all) {
  report::Table table{.title = document("page.steps"),
                      .columns = {{.name = document("page.step"), .align = report::Align::kLeft},
                                  {document("page.stated"), "s"},
                                  {document("page.taken"), "s"},
                                  {.name = document("page.became"), .align = report::Align::kLeft}}};
  for (const auto& step : all) {
    const auto found = std::ranges::find(outcomes, step.name, &Outcome::step);
    const bool there = found != outcomes.end();
    table.rows.push_back({step.name,
                          {step.seconds_of(document.workshop.options), 0},
                          there ? report::Cell(found->seconds, 1) : report::Cell(),
                          there ? found->error.empty() ? document("page.done") : found->error
                                : document("page.not_done", step.name)});
  }
  return table;
}

/// How every run was trained.
report::Table runs(const Document& document) {
  report::Table table{.title = document("page.runs"),
                      .columns = {{.name = document("page.run"), .align = report::Align::kLeft},
                                  {.name = document("page.precision"), .align = report::Align::kLeft},
                                  {.name = document("page.optimiser"), .align = report::Align::kLeft},
                                  {document("page.rate")},
                                  {document("page.batch")},
                                  {document("page.epochs")}}};
  const auto folder = document.workshop.options.out / "runs";
  if (!std::filesystem::is_directory(folder)) return table;
  for (const auto& run : std::filesystem::directory_iterator(folder)) {
    const auto file = run.path() / "config.toml";
    if (!std::filesystem::exists(file)) continue;
    std::vector<report::Cell> row{run.path().filename().string()};
    try {
      const auto config = Config::load(file);
      const auto settings = models::read_train(config);
      row.insert(row.end(), {ops::name_of(settings.precision),
                             config.get_string("train.optimiser", ""),
                             fmt::format("{:g}", settings.schedule.learning_rate),
                             {static_cast<double>(settings.batch), 0},
                             {static_cast<double>(settings.epochs), 0}});
    } catch (const Error& damaged) {
      row.emplace_back(damaged.what());
      row.resize(table.columns.size());
    }
    table.rows.push_back(std::move(row));
  }
  std::ranges::sort(table.rows, {}, [](const auto& row) { return row.front().text; });
  return table;
}

}  // namespace

void Document::prose(std::string_view key) {
  page.prose(workshop.texts.paragraphs("study." + std::string(key)));
}

void Document::table(report::Table table) {
  table.title = (*this)("page.table", ++tables_, table.title);
  page.table(table);
}

void Document::claim(const std::string& key, std::optional<bool> holds, const std::string& evidence,
                     About about) {
  const bool too_short = workshop.options.quick && ((about == About::training && holds == false) ||
                                                    (about == About::shortcoming && holds == true));
  const auto answer = !holds || too_short ? Answer::untestable : *holds ? Answer::confirmed : Answer::refuted;
  claims_.push_back(
      {key, answer, too_short ? evidence + " " + (*this)("claims.too_short") : evidence, chapter});
  page.box((*this)("claims." + key), [&](report::HtmlReport& box) {
    box.paragraph((*this)("claims.sentence", (*this)("claims." + name_of(answer)), claims_.back().evidence));
  });
}

void Document::claim_of_experiment(const std::string& key, const std::string& experiment,
                                   const std::string& checks, bool support, About about) {
  const auto step = std::string(lab_prefix) + experiment;
  if (!workshop.has(step)) return claim(key, std::nullopt, (*this)("page.not_done", step));
  const auto found = workshop.found(step);
  std::ptrdiff_t asked = 0, agreeing = 0;
  std::vector<std::string> measured;
  for (const auto& check : found.at("checks")) {
    if (!checks.empty() && check.at("name") != checks) continue;
    ++asked;
    agreeing += check.at("agrees").get<bool>() ? 1 : 0;
    if (!checks.empty() || !check.at("agrees").get<bool>()) measured.push_back(sentence_of(*this, check));
  }
  if (asked == 0) throw fail("{} has no check “{}”", step, checks);
  // Numbers that disagree speak against a claim, and prove nothing of its opposite.
  const bool agree = agreeing == asked;
  claim(key,
        support ? std::optional(agree)
        : agree ? std::optional(false)
                : std::nullopt,
        fmt::format("{} {}",
                    (*this)("claims.experiment_evidence", agreeing, asked,
                            workshop.texts("lab." + experiment + ".title")),
                    fmt::join(measured, " ")),
        about);
}

void Document::claim_of_values(const std::string& key, const std::string& experiment,
                               const std::function<Answered(const Json& values)>& judge, About about) {
  const auto step = std::string(lab_prefix) + experiment;
  if (!workshop.has(step)) return claim(key, std::nullopt, (*this)("page.not_done", step));
  const auto answered = judge(workshop.found(step).at("values"));
  claim(key, answered.holds, answered.evidence, about);
}

void Document::experiment(const std::string& name) {
  const auto part = part_of(workshop.options, std::string(lab_prefix) + name);
  page.subsection(workshop.texts("lab." + name + ".title"));
  if (!std::filesystem::exists(part)) {
    page.paragraph((*this)("page.not_done", std::string(lab_prefix) + name));
    return;
  }
  page.put(read_file(part));
}

const std::vector<Chapter>& chapters() {
  static const std::vector<Chapter> table = {
#define PUSHFORWARD_CHAPTER(function, name, ...) {name, {__VA_ARGS__}, function},
#include "pushforward/study/chapters.inc"
#undef PUSHFORWARD_CHAPTER
  };
  return table;
}

std::filesystem::path part_of(const Options& options, const std::string& step) {
  if (!step.starts_with(lab_prefix)) return {};
  return options.out / "lab" / step.substr(lab_prefix.size()) / fmt::format("part.{}.html", options.language);
}

void write_document(const Workshop& workshop, const std::vector<Outcome>& outcomes,
                    const std::vector<Step>& all) {
  const auto& options = workshop.options;
  report::HtmlReport chaptered("", "", workshop.texts);
  Document document(workshop, chaptered);
  for (const auto& chapter : chapters()) write_chapter(document, chapter, outcomes);
  chaptered.section(document("chapters.corrections"));
  for (const auto& correction : workshop.texts.paragraphs("study.corrections.all"))
    chaptered.prose({correction});
  chaptered.section(document("chapters.bibliography"))
      .bullets(workshop.texts.paragraphs("study.bibliography"));
  chaptered.section(document("chapters.how")).prose(workshop.texts.paragraphs("study.how.text"));
  chaptered.code(fmt::format("pushforward study{} --seed {} --language {}{} --out {}",
                             options.quick ? " --quick" : "", options.seed, options.language,
                             options.precision.empty() ? "" : " --precision " + options.precision,
                             options.out.filename().string()));
  chaptered.table(runs(document));
  chaptered.table(times(document, outcomes, all));
  chaptered.key_values(report::machine(version));

  report::HtmlReport page(document("page.title"),
                          document(options.quick ? "page.subtitle_quick" : "page.subtitle", options.seed),
                          workshop.texts);
  page.section(document("chapters.answers")).prose(workshop.texts.paragraphs("study.answers.text"));
  page.table(answers(document));
  page.take(chaptered);
  page.write(options.out / "study.html");
}

}  // namespace pushforward::study
