// The arguments by which verbs name a run.
#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

#include "pushforward/study/run.h"

namespace pushforward::cli {

struct RunOption {
  std::string path;
  std::string checkpoint = "last";

  study::Run open() const { return study::Run::open(path, checkpoint); }

  static std::shared_ptr<RunOption> add(CLI::App& verb) {
    auto option = std::make_shared<RunOption>();
    verb.add_option("RUN", option->path, "A run folder, made by train or import")->required();
    verb.add_option("--checkpoint", option->checkpoint,
                    "last: after the last step; best: by held-out log-likelihood, accuracy or FID")
        ->check(CLI::IsMember({"last", "best"}))
        ->capture_default_str();
    return option;
  }
};

}  // namespace pushforward::cli
