// The arguments by which verbs name a run.
#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>

#include "pushforward/cli/checks.h"
#include "pushforward/core/progress.h"
#include "pushforward/models/run.h"
#include "pushforward/ops/precision.h"

namespace pushforward::cli {

/// `checkpoint` must outlive the parsing.
inline void add_checkpoint(CLI::App& verb, std::string& checkpoint) {
  verb.add_option(
          "--checkpoint", checkpoint,
          "Of a RUN: last, after the last step, or best, by held-out log-likelihood, accuracy or PSNR, "
          "or by FID where it was measured")
      ->check(one_of({"last", "best"}))
      ->capture_default_str();
}

/// Sets the precision of products for all that the verb does. Results state it where it is not float32
/// (Program::print).
inline void add_precision(CLI::App& verb) {
  auto use = std::make_shared<std::optional<ops::UsePrecision>>();
  verb.add_option_function<std::string>(
          "--precision",
          [use](const std::string& name) {
            const auto wanted = ops::precision_of(name);
            if (wanted == ops::Precision::bfloat16 && !ops::has_native_bfloat16())
              say("bfloat16: this processor has no instructions for it, so that it is slower than float32");
            if (name == "auto") say("precision: {}", ops::name_of(wanted));
            use->emplace(wanted);
          },
          "Of the products of layers: float32; bfloat16, faster where the processor has "
          "instructions for it; auto, bfloat16 there and float32 elsewhere")
      ->check(one_of(ops::precision_names()))
      ->default_str("float32");
}

struct RunOption {
  std::string path;
  std::string checkpoint = "last";

  models::Run open() const { return models::Run::open(path, checkpoint); }

  static std::shared_ptr<RunOption> add(CLI::App& verb) {
    auto option = std::make_shared<RunOption>();
    verb.add_option("RUN", option->path, "A run folder, made by train or import")->required();
    add_checkpoint(verb, option->checkpoint);
    return option;
  }
};

}  // namespace pushforward::cli
