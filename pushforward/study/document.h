// The document that the study ends with.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pushforward/report/html.h"
#include "pushforward/report/plot.h"
#include "pushforward/study/workshop.h"

namespace pushforward::study {

struct Outcome;
struct Step;

/// What became of a claim of the original study.
enum class Answer { confirmed, refuted, untestable };

/// What a claim is about. A training that was cut short refutes nothing good of it, and confirms nothing bad.
enum class About { anything, training, shortcoming };

struct Answered {
  std::optional<bool> holds;
  std::string evidence;
};

/// The page with what chapters share: texts, numbers of figures, the claims that were answered.
class Document {
 public:
  Document(const Workshop& place, report::HtmlReport& onto) : workshop(place), page(onto) {}

  /// The sentence `key` of "study", filled in.
  template <typename... Args>
  std::string operator()(std::string_view key, const Args&... args) const {
    return workshop.texts("study." + std::string(key), args...);
  }
  /// A list of paragraphs; those that begin with "$" are formulas, in TeX.
  void prose(std::string_view key);
  /// Draws any of report/plot.h.
  template <typename Plot>
  void plot(const Plot& plot, const std::string& caption) {
    page.figure(report::draw(plot, workshop.texts), numbered(caption));
  }
  /// A report::Image or a report::Animation.
  template <typename Picture>
  void image(const Picture& picture, const std::string& caption) {
    page.image(picture, caption, numbered(caption));
  }
  void table(report::Table table);
  /// Answers the claim "claims.KEY" by numbers: `evidence` says which.
  void claim(const std::string& key, std::optional<bool> holds, const std::string& evidence,
             About about = About::anything);
  /// Answers it by an experiment's checks of a name, or by all of them where there is none, which show the
  /// claim, or its opposite where not `support`. The evidence is what the checks of a name measured.
  void claim_of_experiment(const std::string& key, const std::string& experiment,
                           const std::string& checks = {}, bool support = true,
                           About about = About::anything);
  /// Answers it by what an experiment measured.
  void claim_of_values(const std::string& key, const std::string& experiment,
                       const std::function<Answered(const Json& values)>& judge,
                       About about = About::anything);
  /// What an experiment of the lab says, under a heading of its own.
  void experiment(const std::string& name);

  struct Claim {
    std::string key;
    Answer answer;
    std::string evidence;
    int chapter;
  };
  const std::vector<Claim>& claims() const { return claims_; }

  const Workshop& workshop;
  report::HtmlReport& page;
  int chapter = 0;

 private:
  std::string numbered(const std::string& caption) { return (*this)("page.figure", ++figures_, caption); }

  int figures_ = 0, tables_ = 0;
  std::vector<Claim> claims_;
};

/// A row of the table chapters.inc: its heading is "chapters.NAME" of the texts.
struct Chapter {
  std::string name;
  std::vector<std::string> needs;  // steps
  void (*write)(Document& document);
};
const std::vector<Chapter>& chapters();

#define PUSHFORWARD_CHAPTER(function, name, ...) void function(Document& document);
#include "pushforward/study/chapters.inc"
#undef PUSHFORWARD_CHAPTER

/// Where an experiment's step keeps its part of the document; empty for another step.
std::filesystem::path part_of(const Options& options, const std::string& step);

/// Writes OUT/study.html of what the steps left. A chapter that lacks something says so.
void write_document(const Workshop& workshop, const std::vector<Outcome>& outcomes,
                    const std::vector<Step>& all);

}  // namespace pushforward::study
