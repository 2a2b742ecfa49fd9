// The whole study: every step once, and one document that answers its claims.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pushforward/study/step.h"

namespace pushforward::study {

/// What became of a step.
struct Outcome {
  std::string step;
  double seconds = 0;                  // that the last attempt took
  std::string error = {};              // of one that failed
  std::vector<std::string> made = {};  // runs and numbers that it left, as Workshop::made
};

/// How far the study has come, OUT/steps.json: steps that ended, in order.
class Ledger {
 public:
  /// Begins one where there is none. Throws UsageError where OUT holds a study of another seed, length or
  /// precision, and Error for a damaged one.
  explicit Ledger(const Options& options);

  /// Whether a step has nothing left to do: it is done, what it made is there, and an experiment's part of
  /// the document is so in this language.
  bool done(const Step& step) const;
  void enter(const Outcome& outcome);
  const std::vector<Outcome>& outcomes() const { return outcomes_; }
  /// Seconds that steps probably take: as stated, times what those that are done took beyond it.
  double expected(const std::vector<Step>& of) const;

 private:
  void write() const;

  Options options_;
  std::vector<Outcome> outcomes_;
};

/// Does what is left of `all`, one step after the other, and writes OUT/study.html. A step that fails is
/// entered as such and the others go on; it is tried again the next time. Returns the outcomes. Throws
/// Interrupted once what was done is kept.
std::vector<Outcome> run(const Options& options, const std::vector<Step>& all = steps());

}  // namespace pushforward::study
