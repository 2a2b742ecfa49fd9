// The arguments of the verbs that compare sets of images.
#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

#include "pushforward/cli/checks.h"
#include "pushforward/cli/reading_option.h"
#include "pushforward/cli/run_option.h"
#include "pushforward/core/error.h"
#include "pushforward/data/registry.h"
#include "pushforward/evaluation/evaluation.h"
#include "pushforward/evaluation/sample_source.h"

namespace pushforward::cli {

struct EvaluationOption {
  std::string a, b;
  evaluation::EvaluationOptions options;
  bool no_cache = false;

  evaluation::Sides open() const { return open(options); }
  evaluation::Sides open(evaluation::EvaluationOptions complete) const {
    try {
      if (!no_cache) complete.cache = data::cache_folder() / "features";
    } catch (const Error& error) {
      say("features are not kept for the next time: {}", error.what());
    }
    return evaluation::Sides(std::move(complete));
  }

  /// Both sides, features of comparable kinds.
  std::vector<evaluation::Side> load(bool with_logits = false) const {
    if (a == "-" && b == "-") throw usage("- and -: standard input can be read once");
    auto sides = open();
    std::vector<evaluation::Side> both{sides.load(a, 0, with_logits)};
    both.push_back(sides.load(b, 1, with_logits));
    evaluation::expect_comparable(both[0], both[1]);
    return both;
  }

  /// All of what a model was trained on, whatever -n says: copies of images left out would not be seen.
  evaluation::Side load_train(const std::string& data) const {
    if (evaluation::is_run(data))
      throw usage("--train {}: expected the images that the model was trained on, found a run", data);
    auto whole = options;
    whole.n = 0;
    return open(whole).load(data, 2, false);
  }

  static std::shared_ptr<EvaluationOption> add(CLI::App& verb, bool pair = true) {
    auto option = std::make_shared<EvaluationOption>();
    auto& o = option->options;
    const std::string what =
        "DATA, .npy of images or of features [N, d], - (a .npy on standard input), a RUN to sample from";
    verb.add_option("A", option->a, (pair ? "Real images: " : "Images: ") + what)->required();
    if (pair) verb.add_option("B", option->b, "Generated images, likewise")->required();
    verb.add_option("-n", o.n, "Samples of a run (default 10,000), images of a set (default all)")
        ->check(between(2, 10'000'000));
    verb.add_option("--seed", o.seed, "Seed of samples, choices and subsets")
        ->check(at_least(0))
        ->capture_default_str();
    add_checkpoint(verb, o.checkpoint);
    add_precision(verb);
    add_reading(verb, o.reading);
    verb.add_option("--features", o.features,
                    "Classifier RUN, TorchScript FILE.pt, inception or pixels (default: runs/classifier)");
    verb.add_flag("--no-cache", option->no_cache,
                  "Extract all features anew, and keep none (else those seen before are read from the user's "
                  "cache, 4 GiB at most)");
    verb.add_option("--convention", o.convention,
                    "How a TorchScript module takes images: plain, inception, inception-299, dinov2 or clip");
    return option;
  }

  /// For the end of every help.
  static constexpr const char* about =
      "\nFeatures are those of a classifier's run (`pushforward train classifier`, minutes; --features "
      "RUN),\n"
      "of any TorchScript module (--features FILE.pt --convention plain: float [N, C, H, W] in [0, 1];\n"
      "inception: bytes [N, 3, H, W], resized inside; inception-299: resized to 299 before; dinov2: float\n"
      "[N, 3, 224, 224], bicubic, standardised as ImageNet; clip: [N, 3, 336, 336], as CLIP, the features\n"
      "divided by their length), of the published Inception (`pushforward datasets fetch inception`;\n"
      "--features inception), or the pixels. Images are resized to what the network takes, gray ones "
      "repeated\n"
      "where it takes colour.\n";
};

}  // namespace pushforward::cli
