#include "pushforward/study/exchange.h"

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/flows/masked_state.h"

namespace pushforward::study {

void import_run(Config config, const std::filesystem::path& weights, const std::filesystem::path& out) {
  if (std::filesystem::exists(out / "config.toml"))
    throw usage("{} already holds a run: choose another --out", out.string());
  const auto model = make_model(config);
  read_data(config);
  const auto settings = read_train(config);
  config.check_all_read();
  const auto file = checkpoint::load(weights);
  try {
    flows::load_full_state(*model, file.tensors);
  } catch (const Error& error) {
    throw fail("{}: {}", weights.string(), error.what());
  }
  const auto folder = train::RunFolder::create(out);
  nn::MaximumLikelihood step(model, settings.step);
  folder.save_best(step, {});
  folder.begin(step, config.resolved());
}

void export_run(const Run& run, const std::filesystem::path& weights) {
  checkpoint::save(weights, flows::full_state(*run.model), {{"format", "pt"}});
}

}  // namespace pushforward::study
