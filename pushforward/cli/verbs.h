// The program's verbs: one file each, one line each in the table of verbs.inc.
#pragma once

#include <CLI/CLI.hpp>

#include <span>
#include <string>

#include "pushforward/core/json.h"
#include "pushforward/report/table.h"

namespace pushforward::cli {

/// What every verb shares.
struct Program {
  bool json = false;

  /// Results go to stdout, once: the tables for people or the document for programs, which both say the
  /// precision of products where it is not float32.
  void print(const std::vector<report::Table>& tables, Json document) const;
};

/// Adds a verb's arguments to `verb` and what it does as its callback.
using AddVerb = void (*)(CLI::App& verb, const Program& program);

#define PUSHFORWARD_VERB(name, summary) void add_##name(CLI::App& verb, const Program& program);
#include "pushforward/cli/verbs.inc"
#undef PUSHFORWARD_VERB

/// Runs the program; returns its exit status (0 done, 1 failed, 2 wrong usage, 130 interrupted).
int run(int argc, char** argv);

}  // namespace pushforward::cli
