// Parses the command line and turns errors into one line and an exit status.
#include <ATen/Parallel.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <new>

#include "pushforward/cli/checks.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/memory.h"
#include "pushforward/core/names.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/terminal.h"
#include "pushforward/core/threads.h"
#include "pushforward/ops/precision.h"
#include "pushforward/version.h"

namespace pushforward::cli {
namespace {

struct Verb {
  std::string name;
  const char* summary;
  AddVerb add;
};

/// As it is typed: inception_score → inception-score.
std::string verb_name(std::string name) {
  std::ranges::replace(name, '_', '-');
  return name;
}

const Verb verbs[] = {
#define PUSHFORWARD_VERB(name, summary) {verb_name(#name), summary, add_##name},
#include "pushforward/cli/verbs.inc"
#undef PUSHFORWARD_VERB
};

constexpr const char* out_of_memory = "out of memory: try a smaller train.batch or model.hidden";

void expect_verb(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& verb : verbs) {
    if (name == verb.name) return;
    names.emplace_back(verb.name);
  }
  throw usage("unknown verb {}: expected one of {}{}", name, fmt::join(names, ", "),
              did_you_mean(name, names));
}

/// "unknown option --epoch, did you mean --epochs?", of the verb that was given what it does not take.
std::string unexpected(const CLI::App& app) {
  const auto words = app.remaining(true);
  const auto option = std::ranges::find_if(words, [](const auto& word) { return word.starts_with('-'); });
  const auto* verb = &app;
  std::vector<std::string> options, subverbs;
  while (!verb->get_subcommands().empty()) {
    verb = verb->get_subcommands().front();
    for (const auto* known : verb->get_options())
      for (const auto& name : known->get_lnames()) options.push_back("--" + name);
  }
  if (option != words.end()) {
    const auto name = option->substr(0, option->find('='));
    return fmt::format("unknown option {}{}", name, did_you_mean(name, options));
  }
  for (const auto* known : verb->get_subcommands([](const CLI::App*) { return true; }))
    subverbs.push_back(known->get_name());
  if (subverbs.empty()) return fmt::format("unexpected argument {}", words.front());
  return fmt::format("unknown {}: expected one of {}{}", words.front(), fmt::join(subverbs, ", "),
                     did_you_mean(words.front(), subverbs));
}

/// Everything process-wide that makes the program fast, but for what main.cpp sets before libgomp is loaded.
void use_the_whole_process(int threads) {
  keep_freed_memory();
  at::set_num_threads(threads);
}

int failed(int status, const std::string& message) {
  terminal().set_quiet(false);
  say("pushforward: {}", message);
  return status;
}

}  // namespace

void Program::print(const std::vector<report::Table>& tables, Json document) const {
  const bool rounded = ops::precision() != ops::Precision::float32;
  if (rounded) document["precision"] = ops::name_of(ops::precision());
  std::string text;
  if (json) {
    text = to_text(document, 2) + "\n";
  } else {
    for (const auto& table : tables) text += (text.empty() ? "" : "\n") + to_text(table);
    if (rounded) text += fmt::format("products were taken in {}\n", ops::name_of(ops::precision()));
  }
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw fail("cannot write the results to standard output: {}", std::strerror(errno));
}

int run(int argc, char** argv) {
  catch_interrupts();
  CLI::App app("Train, sample, score and judge deep generative models", "pushforward");
  app.set_version_flag("--version", version);
  app.require_subcommand(1);
  Program program;
  bool quiet = false;
  int threads = available_threads();
  for (const auto& verb : verbs) {
    auto* sub = app.add_subcommand(verb.name, verb.summary);
    verb.add(*sub, program);
    sub->add_flag("--json", program.json, "Print results as one JSON document");
    sub->add_flag("--quiet,-q", quiet, "No progress, no messages");
    sub->add_option("--threads", threads, "Threads to compute with")
        ->check(between(1, 1024))
        ->capture_default_str();
    sub->parse_complete_callback([&] {
      terminal().set_quiet(quiet);
      use_the_whole_process(threads);
    });
  }
  try {
    if (argc > 1 && argv[1][0] != '-') expect_verb(argv[1]);
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      app.exit(error);
      return std::cout.flush() ? 0 : failed(1, "cannot write the help to standard output");
    }
    const auto given = app.get_subcommands();
    const auto verb = given.empty() ? "" : given.front()->get_name() + " ";
    const bool extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    return failed(
        2, fmt::format("{} (see `pushforward {}--help`)", extra ? unexpected(app) : error.what(), verb));
  } catch (const UsageError& error) {
    return failed(2, error.what());
  } catch (const Interrupted& error) {
    return failed(130, error.what());
  } catch (const Error& error) {
    return failed(1, error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return failed(1, fmt::format("{}: {}", error.path1().string(), error.code().message()));
  } catch (const std::bad_alloc&) {
    return failed(1, out_of_memory);
  } catch (const std::exception& error) {
    const std::string what = error.what();
    if (what.find("DefaultCPUAllocator") != std::string::npos) return failed(1, out_of_memory);
    return failed(1, fmt::format("internal error: {}", what.substr(0, what.find('\n'))));
  }
}

}  // namespace pushforward::cli

extern "C" int pushforward_main(int argc, char** argv) {
  return pushforward::cli::run(argc, argv);
}
