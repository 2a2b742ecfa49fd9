// What trainings of two phases promise.
#pragma once

#include <gtest/gtest.h>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/config.h"
#include "pushforward/core/file.h"
#include "pushforward/runs/training.h"

namespace pushforward::runs {

/// Trains `config`, of 4 epochs, the first two of them the first phase's, whole and, with that key said,
/// stopped in and after the second phase's first epoch: the checkpoints are the same.
inline void expect_continues_between_phases(Config config, const std::string& first_phase_key,
                                            const std::filesystem::path& folder) {
  train_run(config, folder / "whole");
  config.set(first_phase_key + "=2");
  for (const int stop : {3, 4}) {
    const auto out = folder / fmt::format("stopped{}", stop);
    config.set("train.epochs", std::int64_t{stop});
    train_run(config, out);
    resume_run(out, {"train.epochs=4"});
    for (const char* file : {"last", "best"}) {
      const auto name = fmt::format("checkpoints/{}.safetensors", file);
      EXPECT_EQ(read_file(folder / "whole" / name), read_file(out / name)) << stop << " " << file;
    }
  }
}

/// Makes the last checkpoint of a run one that was saved before its second phase's first step.
inline void undo_second_phase(const std::filesystem::path& run, const std::string& steps) {
  const auto last = run / "checkpoints/last.safetensors";
  auto file = checkpoint::load(last);
  for (auto& [name, tensor] : file.tensors)
    if (name == steps) tensor.zero_();
  checkpoint::save(last, file.tensors, file.metadata);
}

}  // namespace pushforward::runs
